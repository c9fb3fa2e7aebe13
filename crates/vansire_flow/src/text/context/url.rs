//! URLs: what stands before a hole decides whether it can choose the host.

use super::{After, CharSet, Form, Hole, LETTERS_OR_OTHER, Scanner, Verdict, left};

/// What ends the host, so that the rest of the text is path, query or fragment.
const ENDS_HOST: CharSet = CharSet::of("/?#\\");

/// What an address without a domain consists of.
const ADDRESS: CharSet = CharSet::DIGITS.union(CharSet::of("."));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Unknown text that nobody controls: most likely the base of the URL.
    Unknown,
    Scheme,
    SchemeColon,
    SchemeSlash,
    /// The text is a slash so far.
    Slash,
    /// In the host; with what was read of it last.
    Host(HostPart),
    /// The host is settled.
    Settled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostPart {
    Empty,
    /// Behind a dot: the rest decides about everything.
    Dot,
    Label,
    /// Behind a colon: a port, or a password before `@`.
    Port,
}

/// A URL that a request is sent to, or to which a browser is sent.
pub(super) struct Url {
    state: State,
    redirect: bool,
}

impl Url {
    pub(super) fn request() -> Self {
        Self { state: State::Start, redirect: false }
    }

    pub(super) fn redirect() -> Self {
        Self { state: State::Start, redirect: true }
    }
}

impl Scanner for Url {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            self.state = match (self.state, character) {
                (State::Settled, _) => return,
                (State::Start, _) if character.is_whitespace() => State::Start,
                (State::Start, '/' | '\\') => State::Slash,
                (State::Start, _) if character.is_alphanumeric() => State::Scheme,
                (State::Start, _) => State::Settled,
                (State::Unknown | State::Scheme, ':') => State::SchemeColon,
                (State::Unknown | State::Scheme, '/' | '?' | '#' | '\\') => State::Settled,
                (State::Unknown, _) => State::Unknown,
                (State::Scheme, _) => State::Scheme,
                (State::SchemeColon, '/') => State::SchemeSlash,
                (State::SchemeSlash, '/') | (State::Slash, '/' | '\\') => State::Host(HostPart::Empty),
                (State::SchemeColon | State::SchemeSlash | State::Slash, _) => State::Settled,
                (State::Host(_), '/' | '?' | '#' | '\\') => State::Settled,
                (State::Host(_), '@') => State::Host(HostPart::Empty),
                (State::Host(_), ':') => State::Host(HostPart::Port),
                (State::Host(HostPart::Port), _) => State::Host(HostPart::Port),
                (State::Host(_), '.') => State::Host(HostPart::Dot),
                (State::Host(_), _) => State::Host(HostPart::Label),
            };
        }
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        match self.state {
            State::Start => {
                if !chars.intersects(LETTERS_OR_OTHER | CharSet::DIGITS) {
                    return None;
                }
                if self.redirect {
                    left(chars, CharSet::of("/\\:"), "at the start of a redirect's address")
                } else {
                    left(chars, CharSet::of("/:"), "at the start of a URL")
                }
            }
            State::Slash if self.redirect => {
                left(chars, CharSet::of("/\\"), "behind the first slash of a redirect's address")
            }
            // A slash ends the host, unless that is empty.
            State::Host(part) if part != HostPart::Empty && hole.form.has(Form::ROOTED) => None,
            State::Host(part) => in_host(part, chars, after),
            _ => None,
        }
    }

    fn pass(&mut self) {
        self.state = match self.state {
            State::Start | State::Unknown => State::Unknown,
            State::Scheme => State::Scheme,
            State::Host(HostPart::Port) => State::Host(HostPart::Port),
            State::Host(_) => State::Host(HostPart::Label),
            State::SchemeColon | State::SchemeSlash | State::Slash | State::Settled => State::Settled,
        };
    }

    fn numbers_matter(&self, chars: CharSet) -> bool {
        self.state == State::Host(HostPart::Empty) && is_address(chars)
    }
}

/// The characters are those of an IPv4 address, not of a whole number or of a float.
fn is_address(chars: CharSet) -> bool {
    chars.contains('.') && chars.intersects(CharSet::DIGITS) && chars.is_subset_of(ADDRESS)
}

fn in_host(part: HostPart, chars: CharSet, after: After<'_>) -> Verdict {
    let context = "in the host of a URL";
    if after.literal.starts_with('@') || ends_in_domain(after.literal) {
        return left(chars, ENDS_HOST, context);
    }
    let needed = match part {
        HostPart::Empty => LETTERS_OR_OTHER | ADDRESS | CharSet::of("["),
        HostPart::Dot => LETTERS_OR_OTHER | CharSet::of(".@"),
        HostPart::Label => CharSet::of(".@"),
        HostPart::Port => CharSet::of("@"),
    };
    left(chars, needed, context)
}

/// The text behind a hole ends the host with a domain of its own: `.example.com/`.
fn ends_in_domain(text: &str) -> bool {
    let end = text.find(['/', '?', '#', ':', '\\']).unwrap_or(text.len());
    let Some((_, domain)) = text[..end].split_once('.') else { return false };
    // `{x}.com` leaves the name to be chosen, `{x}.internal` doesn't.
    domain.contains('.') || domain.len() > 3
}

/// The name of a host to which a connection is opened.
#[derive(Default)]
pub(super) struct Host {
    last: Option<char>,
}

impl Scanner for Host {
    fn literal(&mut self, text: &str) {
        if let Some(character) = text.chars().next_back() {
            self.last = Some(character);
        }
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let context = "in the name of a host";
        if ends_in_domain(after.literal) {
            return left(hole.chars, ENDS_HOST | CharSet::of(":@"), context);
        }
        let needed = match self.last {
            None => LETTERS_OR_OTHER | ADDRESS,
            Some('.') => LETTERS_OR_OTHER | CharSet::of("."),
            Some(_) => CharSet::of("."),
        };
        left(hole.chars, needed, context)
    }

    fn pass(&mut self) {
        self.last = Some('x');
    }

    fn numbers_matter(&self, chars: CharSet) -> bool {
        self.last.is_none() && is_address(chars)
    }
}

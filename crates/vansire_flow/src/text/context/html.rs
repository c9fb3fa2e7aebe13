//! HTML: text, tags, attributes and what they hold, scripts, styles, comments.

use super::script::Script;
use super::{After, CharSet, Form, Hole, LETTERS_OR_OTHER, Scanner, Verdict, left};

/// Longer names of tags and attributes mean nothing to us.
const NAME_LIMIT: usize = 24;
/// How much of an attribute's value is kept: enough for `javascript:` and for the types of scripts.
const VALUE_LIMIT: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// Behind `<`.
    TagOpen,
    TagName,
    /// Inside a tag, between its attributes.
    BetweenAttributes,
    AttributeName,
    /// Behind `=`.
    BeforeValue,
    /// In a value with this quote, or without one.
    Value(Option<char>),
    /// Behind `<!`.
    Declaration,
    Comment,
    /// In an element whose text isn't markup.
    Raw,
}

/// What an attribute's value is to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Plain,
    /// A script.
    Handler,
    /// An address that the browser may take for a script.
    Address,
    /// The address of a script.
    ScriptAddress,
    /// A document of its own.
    Document,
}

pub(super) struct Html {
    state: State,
    tag: String,
    closing: bool,
    attribute: String,
    /// The value of the attribute so far, as far as it is known and short.
    value: String,
    /// Something stands in the value already, be it unknown.
    value_started: bool,
    /// The script type of the tag is one that isn't run.
    inert_script: bool,
    script: Script,
    /// The last characters, for `-->` and `</script`.
    tail: String,
}

impl Default for Html {
    fn default() -> Self {
        Self {
            state: State::Text,
            tag: String::new(),
            closing: false,
            attribute: String::new(),
            value: String::new(),
            value_started: false,
            inert_script: false,
            script: Script::default(),
            tail: String::new(),
        }
    }
}

impl Html {
    fn read(&mut self, character: char) {
        self.state = match self.state {
            State::Text if character == '<' => {
                self.tag.clear();
                self.closing = false;
                State::TagOpen
            }
            State::Text => State::Text,
            State::TagOpen => match character {
                '!' | '?' => {
                    self.tail.clear();
                    State::Declaration
                }
                '/' => {
                    self.closing = true;
                    State::TagOpen
                }
                _ if character.is_ascii_alphabetic() => {
                    self.inert_script = false;
                    push(&mut self.tag, character, NAME_LIMIT);
                    State::TagName
                }
                _ => State::Text,
            },
            State::TagName => match character {
                '>' => self.end_tag(),
                '/' => State::BetweenAttributes,
                _ if character.is_whitespace() => State::BetweenAttributes,
                _ => {
                    push(&mut self.tag, character, NAME_LIMIT);
                    State::TagName
                }
            },
            State::BetweenAttributes => match character {
                '>' => self.end_tag(),
                '/' => State::BetweenAttributes,
                _ if character.is_whitespace() => State::BetweenAttributes,
                _ => {
                    self.attribute.clear();
                    push(&mut self.attribute, character, NAME_LIMIT);
                    State::AttributeName
                }
            },
            State::AttributeName => match character {
                '>' => self.end_tag(),
                '=' => self.begin_value(),
                '/' => State::BetweenAttributes,
                // `name = value`: the name is kept until another begins.
                _ if character.is_whitespace() => State::AttributeName,
                _ => {
                    push(&mut self.attribute, character, NAME_LIMIT);
                    State::AttributeName
                }
            },
            State::BeforeValue => match character {
                '>' => self.end_tag(),
                '"' | '\'' => State::Value(Some(character)),
                _ if character.is_whitespace() => State::BeforeValue,
                _ => {
                    self.read_value(character);
                    State::Value(None)
                }
            },
            State::Value(Some(quote)) if character == quote => self.end_value(),
            State::Value(None) if character == '>' => {
                self.end_value();
                self.end_tag()
            }
            State::Value(None) if character.is_whitespace() => self.end_value(),
            State::Value(quote) => {
                self.read_value(character);
                State::Value(quote)
            }
            State::Declaration => {
                push(&mut self.tail, character, 2);
                match character {
                    '>' => State::Text,
                    _ if self.tail == "--" => {
                        self.tail.clear();
                        State::Comment
                    }
                    _ => State::Declaration,
                }
            }
            State::Comment => {
                self.remember(character, 3);
                if self.tail == "-->" { State::Text } else { State::Comment }
            }
            State::Raw => self.read_raw(character),
        };
    }

    fn remember(&mut self, character: char, limit: usize) {
        self.tail.push(character.to_ascii_lowercase());
        while self.tail.chars().count() > limit {
            self.tail.remove(0);
        }
    }

    fn read_raw(&mut self, character: char) -> State {
        if self.tag == "script" {
            self.script.read(character);
        }
        let limit = self.tag.len() + 2;
        self.remember(character, limit);
        let Some(name) = self.tail.strip_prefix("</") else { return State::Raw };
        if name != self.tag {
            return State::Raw;
        }
        self.closing = true;
        State::TagName
    }

    fn begin_value(&mut self) -> State {
        self.value.clear();
        self.value_started = false;
        self.script = Script::default();
        State::BeforeValue
    }

    fn read_value(&mut self, character: char) {
        if self.meaning() == Meaning::Handler {
            self.script.read(character);
        }
        if !(self.value.is_empty() && character.is_whitespace()) {
            self.value_started = true;
            push(&mut self.value, character, VALUE_LIMIT);
        }
    }

    fn end_value(&mut self) -> State {
        if self.tag == "script" && self.attribute == "type" {
            let kind = self.value.trim();
            self.inert_script = !(kind.is_empty() || kind.contains("javascript") || kind == "module");
        }
        State::BetweenAttributes
    }

    fn end_tag(&mut self) -> State {
        self.tail.clear();
        if !self.closing && matches!(self.tag.as_str(), "script" | "style" | "textarea" | "title") {
            self.script = Script::default();
            return State::Raw;
        }
        State::Text
    }

    fn meaning(&self) -> Meaning {
        let name = self.attribute.trim_end();
        let tag = self.tag.as_str();
        if name.len() > 2 && name.starts_with("on") {
            return Meaning::Handler;
        }
        match name {
            _ if self.value.starts_with("javascript:") => Meaning::Handler,
            "href" if tag != "link" && tag != "base" => Meaning::Address,
            "xlink:href" | "action" | "formaction" => Meaning::Address,
            "src" if tag == "script" => Meaning::ScriptAddress,
            "href" if tag == "base" => Meaning::ScriptAddress,
            "src" if matches!(tag, "iframe" | "frame" | "embed") => Meaning::Address,
            "data" if tag == "object" => Meaning::Address,
            "srcdoc" => Meaning::Document,
            _ => Meaning::Plain,
        }
    }

    fn judge_value(&self, quote: Option<char>, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        let (breaks, context) = match quote {
            Some('"') => (CharSet::of("\""), "in a double-quoted HTML attribute"),
            Some(_) => (CharSet::of("'"), "in a single-quoted HTML attribute"),
            None => (CharSet::SPACE.union(CharSet::of(">\"'`")), "in an HTML attribute without quotes"),
        };
        let names = chars.intersects(LETTERS_OR_OTHER);
        match self.meaning() {
            // Entities are decoded before the script is run: an escaped quote is a quote.
            Meaning::Handler => {
                let mut needed = self.script.needed(chars, after.tainted) | breaks | CharSet::of("&");
                if !self.script.in_code() {
                    needed = needed.minus(CharSet::of("\r\n"));
                }
                if let Some(verdict) = left(chars, needed, "in a script inside an HTML attribute") {
                    return Some(verdict);
                }
            }
            Meaning::Address
                if !self.value_started
                    && names
                    && chars.contains(':')
                    && !hole.form.has(Form::NO_SCRIPT)
                    && !hole.form.has(Form::ROOTED) =>
            {
                return left(chars, breaks | CharSet::of(":"), "as the address in an HTML attribute");
            }
            Meaning::ScriptAddress if !self.value_started && names => {
                return left(chars, breaks | CharSet::of(":/"), "as the address of a script");
            }
            Meaning::Document => {
                return left(chars, breaks | CharSet::of("<&"), "in a document inside an HTML attribute");
            }
            _ => {}
        }
        left(chars, breaks, context)
    }

    fn judge_raw(&self, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        // `</script>` ends the element wherever it stands.
        let mut needed = if chars.contains('/') { CharSet::of("<") } else { CharSet::EMPTY };
        match self.tag.as_str() {
            "script" if self.inert_script => left(chars, needed, "in a script block of HTML"),
            "script" => {
                needed = needed | self.script.needed(chars, after.tainted);
                let context = if self.script.in_code() {
                    "in a script block of HTML"
                } else {
                    "inside a string in a script block of HTML"
                };
                left(chars, needed, context)
            }
            "style" => left(chars, needed, "in a style block of HTML"),
            _ => left(chars, needed, "in HTML text"),
        }
    }
}

fn push(text: &mut String, character: char, limit: usize) {
    if text.len() < limit {
        text.push(character.to_ascii_lowercase());
    }
}

impl Scanner for Html {
    fn literal(&mut self, text: &str) {
        text.chars().for_each(|character| self.read(character));
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        match self.state {
            State::Text => left(chars, CharSet::of("<"), "in HTML text"),
            State::TagOpen if self.closing => left(chars, CharSet::of("<>"), "in the name of an HTML tag"),
            State::TagOpen => left(chars, LETTERS_OR_OTHER | CharSet::of("!/"), "in the name of an HTML tag"),
            State::TagName => {
                left(chars, CharSet::SPACE.union(CharSet::of("/>")), "in the name of an HTML tag")
            }
            State::BetweenAttributes | State::AttributeName => {
                left(chars, CharSet::of("=>"), "among the attributes of an HTML tag")
            }
            State::BeforeValue => self.judge_value(None, hole, after),
            State::Value(quote) => self.judge_value(quote, hole, after),
            State::Declaration => left(chars, CharSet::of(">"), "in a declaration of HTML"),
            State::Comment => left(chars, CharSet::of(">"), "in an HTML comment"),
            State::Raw => self.judge_raw(hole, after),
        }
    }

    fn pass(&mut self) {
        match self.state {
            // An unknown name: it isn't closed yet.
            State::TagOpen => self.state = State::TagName,
            State::BeforeValue | State::Value(_) => {
                if self.state == State::BeforeValue {
                    self.state = State::Value(None);
                }
                self.value_started = true;
                self.script.pass();
            }
            State::Raw => {
                self.script.pass();
                self.tail.clear();
            }
            State::Comment | State::Declaration => self.tail.clear(),
            State::Text | State::TagName | State::BetweenAttributes | State::AttributeName => {}
        }
    }
}

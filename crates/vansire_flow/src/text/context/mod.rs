//! Where in a text a hole stands, and whether an attacker gains anything there.
//!
//! Each family of sinks has a scanner that walks over the pieces once. It follows the literal parts as the
//! sink's own reader would (quotes, comments, tags) and judges every hole by the state in which it stands, by
//! what comes next, and by the characters that the hole can still contain.

mod code;
mod html;
mod lines;
mod path;
mod plain;
mod program;
mod query;
mod script;
mod shell;
mod sql;
mod template;
mod url;

#[cfg(test)]
mod tests;

use super::{CharSet, Danger, Form, Hole, Piece, SinkKind};

/// Letters, digits and the underscore; not those outside ASCII.
const WORD: CharSet = CharSet::LETTERS.union(CharSet::DIGITS).union(CharSet::of("_"));

/// Letters and everything outside ASCII, where there are more of them.
const LETTERS_OR_OTHER: CharSet = CharSet::LETTERS.with_other();

/// What the text of a UUID or of a digest consists of.
const HEXADECIMAL: CharSet = CharSet::DIGITS.union(CharSet::of("abcdefABCDEF-"));

/// What a scanner answers: the context, for the message, and the dangerous characters that are left.
type Verdict = Option<(&'static str, CharSet)>;

/// What stands behind a hole.
#[derive(Clone, Copy)]
struct After<'a> {
    /// The literal text that follows at once; empty at the end of the text and before another hole.
    literal: &'a str,
    /// The text ends with this hole.
    end: bool,
    /// Another hole that an attacker has a say in follows, here or later.
    tainted: bool,
}

/// Follows the pieces of a text.
trait Scanner {
    /// A literal part of the text.
    fn literal(&mut self, text: &str);

    /// Whether the hole that stands here is dangerous.
    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict;

    /// Unknown text stands here, dangerous or not.
    fn pass(&mut self);

    /// Whether a hole that was made harmless for this kind of sink is so wherever it stands.
    fn cleared_everywhere(&self) -> bool {
        true
    }

    /// Whether text of which numbers consist can be dangerous: a size is chosen by it, and so is an address.
    fn numbers_matter(&self, _chars: CharSet) -> bool {
        false
    }
}

/// For each hole by which an attacker gains something in a sink of this kind: where it stands and what is left.
pub fn dangers(kind: SinkKind, pieces: &[Piece]) -> Vec<Danger> {
    match kind {
        SinkKind::Sql => scan(sql::Sql::new(pieces), kind, pieces),
        SinkKind::NoSql | SinkKind::NoSqlScript => scan(query::NoSql::default(), kind, pieces),
        SinkKind::Shell => scan(shell::Shell::default(), kind, pieces),
        SinkKind::Command => scan(program::Program::default(), kind, pieces),
        SinkKind::Argument => scan(program::Argument::default(), kind, pieces),
        SinkKind::Code => scan(code::Code::default(), kind, pieces),
        SinkKind::Template => scan(template::Template::default(), kind, pieces),
        SinkKind::Format => scan(template::Format::default(), kind, pieces),
        SinkKind::Path => scan(path::Path::default(), kind, pieces),
        SinkKind::Archive => scan(path::Archive::default(), kind, pieces),
        SinkKind::WritePath => scan(path::WritePath::default(), kind, pieces),
        SinkKind::Url => scan(url::Url::request(), kind, pieces),
        SinkKind::Redirect => scan(url::Url::redirect(), kind, pieces),
        SinkKind::Host => scan(url::Host::default(), kind, pieces),
        SinkKind::Html => scan(html::Html::default(), kind, pieces),
        SinkKind::Xml => scan(plain::Xml::default(), kind, pieces),
        SinkKind::Xpath => scan(query::Xpath::default(), kind, pieces),
        SinkKind::Ldap => scan(query::Ldap::default(), kind, pieces),
        SinkKind::Header => scan(lines::Lines::header(), kind, pieces),
        SinkKind::Cookie => scan(lines::Lines::cookie(), kind, pieces),
        SinkKind::Log => scan(lines::Lines::log(), kind, pieces),
        SinkKind::Mail => scan(lines::Mail::default(), kind, pieces),
        SinkKind::Deserialize => scan(plain::Any::serialized(), kind, pieces),
        SinkKind::Regex => scan(plain::Any::regex(), kind, pieces),
        SinkKind::Reflection => scan(plain::Reflection::default(), kind, pieces),
        SinkKind::SessionKey => scan(plain::Any::session_key(), kind, pieces),
        SinkKind::SessionValue => scan(plain::Any::session_value(), kind, pieces),
        SinkKind::Size => scan(plain::Any::size(), kind, pieces),
        SinkKind::Decompress => scan(plain::Any::compressed(), kind, pieces),
        SinkKind::Token => scan(plain::Any::token(), kind, pieces),
        SinkKind::Fields => scan(plain::Any::fields(), kind, pieces),
        SinkKind::Origin => scan(plain::Any::origin(), kind, pieces),
        SinkKind::Comparison => scan(plain::Any::comparison(), kind, pieces),
        SinkKind::PatternSubject => scan(plain::Any::subject(), kind, pieces),
    }
}

fn scan(mut scanner: impl Scanner, kind: SinkKind, pieces: &[Piece]) -> Vec<Danger> {
    let afters = afters(pieces);
    let mut dangers = Vec::new();
    for (index, (piece, after)) in pieces.iter().zip(afters).enumerate() {
        match *piece {
            Piece::Literal(text) => scanner.literal(text),
            Piece::Hole(hole) => {
                let considered = hole.tainted
                    && !(hole.cleared.contains(kind) && scanner.cleared_everywhere())
                    && !hole.chars.is_empty()
                    && (!hole.chars.is_subset_of(CharSet::NUMBER) || scanner.numbers_matter(hole.chars));
                if considered
                    && let Some((context, left)) = scanner.judge(hole, after)
                    && !left.is_empty()
                {
                    dangers.push(Danger { piece: index, context, left });
                }
                scanner.pass();
            }
        }
    }
    dangers
}

/// What stands behind each piece, found in one pass from the end.
fn afters<'a>(pieces: &[Piece<'a>]) -> Vec<After<'a>> {
    let mut afters = Vec::with_capacity(pieces.len());
    let mut after = After { literal: "", end: true, tainted: false };
    for piece in pieces.iter().rev() {
        afters.push(after);
        match *piece {
            Piece::Literal("") => {}
            Piece::Literal(text) => after = After { literal: text, end: false, ..after },
            Piece::Hole(hole) => {
                after = After { literal: "", end: false, tainted: after.tainted || hole.tainted };
            }
        }
    }
    afters.reverse();
    afters
}

/// The characters in a hole that are in `set`; none are: harmless.
fn left(chars: CharSet, set: CharSet, context: &'static str) -> Verdict {
    let left = chars & set;
    if left.is_empty() { None } else { Some((context, left)) }
}

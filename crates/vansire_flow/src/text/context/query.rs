//! Query languages besides SQL: XPath, LDAP filters and names, MongoDB's scripts and JSON.

use super::script::Script;
use super::{After, CharSet, Hole, LETTERS_OR_OTHER, Scanner, Verdict, WORD, left};

/// An XPath expression: quotes can't be escaped in it.
#[derive(Default)]
pub(super) struct Xpath {
    quote: Option<char>,
}

impl Scanner for Xpath {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            self.quote = match self.quote {
                None if matches!(character, '\'' | '"') => Some(character),
                Some(quote) if quote == character => None,
                other => other,
            };
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        match self.quote {
            Some('"') => left(hole.chars, CharSet::of("\""), "inside a string in an XPath expression"),
            Some(_) => left(hole.chars, CharSet::of("'"), "inside a string in an XPath expression"),
            None => {
                let word = WORD.union(CharSet::of("-.")).with_other();
                // `1 or true` needs no more than letters and blanks.
                let harmless =
                    if hole.chars.intersects(LETTERS_OR_OTHER) { word } else { word | CharSet::SPACE };
                left(hole.chars, !harmless, "outside quotes in an XPath expression")
            }
        }
    }

    fn pass(&mut self) {}
}

/// An LDAP filter or a distinguished name.
#[derive(Default)]
pub(super) struct Ldap {
    started: bool,
    filter: bool,
}

impl Scanner for Ldap {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
        self.filter |= text.contains('(');
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        const FILTER: CharSet = CharSet::of("*()\\\0");
        const NAME: CharSet = CharSet::of(",+\"\\<>;=\0");
        if self.filter || after.literal.contains(')') {
            left(hole.chars, FILTER, "in an LDAP filter")
        } else if self.started || !after.end {
            left(hole.chars, NAME, "in a distinguished name of LDAP")
        } else {
            left(hole.chars, FILTER | NAME, "as a query to LDAP")
        }
    }

    fn pass(&mut self) {
        self.started = true;
    }
}

/// A script or a JSON document for a document database, or a value in a query.
#[derive(Default)]
pub(super) struct NoSql {
    script: Script,
}

impl Scanner for NoSql {
    fn literal(&mut self, text: &str) {
        text.chars().for_each(|character| self.script.read(character));
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let context = if self.script.in_code() {
            "in a query to a document database"
        } else {
            "inside a string in a query"
        };
        left(hole.chars, self.script.needed(hole.chars, after.tainted), context)
    }

    fn pass(&mut self) {
        self.script.pass();
    }
}

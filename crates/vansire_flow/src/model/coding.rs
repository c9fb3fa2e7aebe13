//! Formats: which steps write data as a text, and which read it back.

use vansire_python::Symbol;

use super::compiler::Compiler;
use super::port::Port;
use super::raw::{ModelError, RawStep};
use crate::domain::Kept;

/// How the content of a text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// As it was written.
    Same,
    /// Entries as a dictionary of lists of texts.
    Lists,
    /// Entries as a list of pairs of texts.
    Pairs,
}

/// What a step does with what a text was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coding {
    /// It writes this content, or what goes into it.
    Encodes {
        format: Symbol,
        kept: Kept,
        content: Option<Port>,
    },
    Decodes(Symbol, Read),
    /// The text passes as it is, with its memory.
    Whole,
}

impl Coding {
    /// The format that it reads.
    pub fn reads(&self) -> Option<(Symbol, Read)> {
        match self {
            Self::Decodes(format, read) => Some((*format, *read)),
            _ => None,
        }
    }
}

impl Compiler<'_> {
    pub(super) fn coding(&self, raw: &RawStep) -> Result<Option<Coding>, ModelError> {
        Ok(match (&raw.encodes, &raw.decodes) {
            (Some(format), _) => Some(Coding::Encodes {
                format: Symbol::new(format),
                kept: if raw.plain { Kept::Plain } else { Kept::Whole },
                content: raw.content.as_deref().map(|port| self.port(port)).transpose()?,
            }),
            (None, Some(format)) => {
                let read = match raw.form.as_deref() {
                    None => Read::Same,
                    Some("lists") => Read::Lists,
                    Some("pairs") => Read::Pairs,
                    Some(other) => {
                        return Err(self.error(other, format!("`{other}` is none of `lists`, `pairs`")));
                    }
                };
                Some(Coding::Decodes(Symbol::new(format), read))
            }
            (None, None) => raw.whole.then_some(Coding::Whole),
        })
    }
}

//! What is known about text: character sets, contexts in which it becomes dangerous, regular
//! expressions and format strings.

mod charset;
mod context;
mod form;
pub mod format;
mod kind;
pub mod regex;

pub use charset::CharSet;
pub use context::dangers;
pub use form::Form;
pub use kind::{KindSet, SinkKind};

/// A part of a text that reaches a sink: pieces stand one after the other.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    Literal(&'a str),
    /// Text that isn't known.
    Hole(Hole),
}

#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// An attacker has a say in it.
    pub tainted: bool,
    /// The characters that it can contain, as far as the attacker decides.
    pub chars: CharSet,
    /// The kinds of sinks for which it was made harmless.
    pub cleared: KindSet,
    /// What it isn't like.
    pub form: Form,
}

/// Why a text is dangerous in a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// The index of the piece.
    pub piece: usize,
    /// Where it stands, for the message: `inside an SQL string literal`.
    pub context: &'static str,
    /// The dangerous characters that are left.
    pub left: CharSet,
}

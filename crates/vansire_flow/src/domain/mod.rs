//! The abstract values: constants, referents, structure, text and taint, as one product.

mod encoding;
mod files;
mod heap;
mod label;
mod path;
mod state;
mod text;
mod value;
mod weight;

pub use encoding::{Encoding, Kept};
pub use files::{File, Files, join_files};
pub use heap::{ClassRef, Key, Object, ObjectId, ObjectKind};
pub use label::{Label, Labels, Nature, Origin, SourceId, Step, StepId, StepKind};
pub use path::{PathId, PathStep, PathTable, Root};
pub use state::{Fact, Facts, Measure, State, all_facts, meet_facts, refined};
pub use text::{Part, Text};
pub use value::{BodyIndex, Constant, Data, Identity, Partial, Predicate, Ref, Value};

/// A file of the program, by its place in the order of paths.
pub type FileIndex = u32;

/// At most this many exact alternatives of a text or a constant are kept; past that a text becomes
/// "anything with this beginning and end", a constant becomes unknown.
pub const MAXIMUM_ALTERNATIVES: usize = 12;
/// At most this many pieces make up a text; past that its middle becomes one hole.
pub const MAXIMUM_PARTS: usize = 24;
/// A known text is kept up to this many bytes; past that its middle becomes unknown.
pub const MAXIMUM_TEXT: usize = 4096;
/// At most this many labels hang on one value; past that those whose origin stands first are kept.
pub const MAXIMUM_LABELS: usize = 10;
/// Data that was guessed to pass more often than this on one way is let go: what an unknown call of an attribute
/// of an unknown call's result gives has little to do with what went in.
pub const MAXIMUM_GUESSES: u8 = 3;
/// At most this many different functions, classes and modules; past that it can be anything as well.
pub const MAXIMUM_REFERENTS: usize = 40;
/// At most this many objects, tuples and bound methods among them: each costs at every look.
pub const MAXIMUM_POINTEES: usize = 8;
/// At most this many values stand inside of one; past that its layout is forgotten.
pub const MAXIMUM_WEIGHT: u32 = 400;
/// An access path is at most this long; below that everything is one.
pub const MAXIMUM_PATH: usize = 7;
/// What a text was made of is kept if at most this many values are in it.
pub const MAXIMUM_ENCODED: u32 = 256;
/// What a text was made of is kept this deep; below that everything is one.
pub const MAXIMUM_ENCODED_DEPTH: u32 = 6;
/// Lists and tuples keep their elements apart up to this many.
pub const MAXIMUM_ELEMENTS: usize = 64;
/// So many variables at most are remembered with the condition that chose between their values.
pub const MAXIMUM_SPLITS: usize = 24;

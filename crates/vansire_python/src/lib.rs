//! Python source: files, parsing, lowering to IR, scopes, imports, the module graph.
//!
//! The only crate that names the parser. Pure: texts come in, data goes out.

mod decode;
mod depth;
pub mod ir;
mod lower;
mod mentions;
mod notebook;
mod program;
mod source;
mod stdlib;
mod symbol;
pub mod walk;

pub use depth::{MAXIMUM_DEPTH, STACK_SIZE, thread_pool_builder, with_large_stack};
pub use lower::{Lowered, SyntaxProblem, lower};
pub use notebook::Cell;
pub use program::{
    FileId, InstalledModule, MINIMUM_PART, Part, Program, ProgramFile, Resolution, SharedModule,
    absolute_name,
};
pub use source::{SourceFile, SourceProblem};
pub use stdlib::is_standard_library;
pub use symbol::Symbol;

//! Python source: files, parsing, lowering to IR, scopes, imports, the module graph.
//!
//! The only crate that names the parser. Pure: texts come in, data goes out.

pub mod ir;
mod symbol;

pub use symbol::Symbol;

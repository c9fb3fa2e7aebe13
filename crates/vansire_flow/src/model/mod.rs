//! Models of libraries: the TOML form, and the compiled set that the solver asks. `docs/models.md`
//! describes the form.

mod check;
mod coding;
mod compiler;
mod port;
mod raw;
mod set;
mod signatures;

pub use check::{Check, CheckPurpose, Setting};
pub use coding::{Coding, Read};
pub use port::{Base, Port, PortStep};
pub use raw::{Condition, ModelError, ModelFile, Scalar, parse};
pub use set::{
    Alias, AssignmentModel, ConditionModel, Entry, EntryKind, EntryParameters, FunctionModel, Guard,
    GuardWhen, Invocation, ModelSet, Sink, SinkTarget, Source, Step, TextOperation, TypeModel, VersionBound,
    Words,
};
pub use signatures::Signature;

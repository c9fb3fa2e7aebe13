//! The flow engine: abstract domains, summaries, the solver, the loader of models.
//!
//! Pure: a linked program and a set of models come in, findings and statistics go out. It holds no
//! embedded data; what is known about libraries comes in as a [`model::ModelSet`].

use std::collections::BTreeMap;

pub mod domain;
mod inspect;
pub mod markup;
pub mod model;
mod solve;
pub mod text;

use vansire_finding::{Finding, RuleMetadata};
use vansire_python::Symbol;

pub use solve::analyze;

/// Who the attacker is: which sources count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threats {
    pub remote: bool,
    pub local: bool,
    pub database: bool,
    /// Parameters of a library's public functions.
    pub library: bool,
}

impl Default for Threats {
    fn default() -> Self {
        Self { remote: true, local: false, database: false, library: false }
    }
}

/// A text file with a template, by its path relative to the root of the scan.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    pub path: String,
    pub text: String,
}

/// What the project requires: `requires-python` and the versions of its packages.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// The lowest Python version that the project supports, when it says so: `(3, 12)`.
    pub python: Option<(u32, u32)>,
    /// Normalized package name (lower case, `-` for `_` and `.`) to the lowest version that satisfies its pin or
    /// range, as numbers: `flask` to `[2, 0, 3]`.
    pub packages: BTreeMap<String, Vec<u32>>,
}

/// How an analysis is to be done.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub threats: Threats,
    /// What callers hand to public functions counts if the project proves to be a library.
    pub may_be_library: bool,
    /// 0 for as many as there are processors.
    pub threads: usize,
    /// Every body is solved, and what calls what is told.
    pub call_graph: bool,
}

/// What an analysis gives.
#[derive(Debug, Default)]
pub struct Analysis {
    pub findings: Vec<Finding>,
    /// Counters by name: bodies, contexts, bounds that bit, calls without a model.
    pub statistics: BTreeMap<String, u64>,
    /// From a function's dotted name to the names it calls; only when asked for.
    pub call_graph: BTreeMap<String, std::collections::BTreeSet<String>>,
    /// What a fault of the engine's own kept from being analysed.
    pub failures: Vec<Failure>,
}

/// A body that wasn't analysed because of a fault of the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// As the file's name in the program.
    pub path: String,
    pub line: u32,
    /// The function, or what else it was.
    pub what: String,
}

/// A rule that reports flows, with the kinds of sinks it reports.
#[derive(Debug)]
pub struct FlowRule {
    pub metadata: &'static RuleMetadata,
    pub sinks: &'static [&'static str],
}

/// Interned name of a Python entity by its dotted path, such as `flask.request.args`.
pub type QualifiedName = Symbol;

//! What the engine says about programs.

use std::collections::BTreeSet;

use vansire_flow::model::ModelSet;
use vansire_flow::{Options, Threats, Versions};
use vansire_python::{Program, SourceFile, Symbol};

/// `source(name)` gives data from outside; anything of it is wrong in `sink(value)`, deep inside as well.
const MODEL: &str = r#"
schema = 1
package = "marks"

[[source]]
at = "marks.source"
read = ["()"]
kind = "http"
threat = "remote"

[[sink]]
call = "marks.sink"
port = "arg(0)"
kind = "session-value"
"#;

/// The models that programs are analysed with; built once for all.
pub fn models() -> ModelSet {
    let mut models: Vec<(&str, &str)> = vansire_rules::models().to_vec();
    models.push(("marks.toml", MODEL));
    let imports =
        ["marks", "functools", "itertools", "contextlib", "collections", "dataclasses"].map(Symbol::new);
    let (set, errors) = ModelSet::build(&models, &imports, &Versions::default(), Threats::default());
    assert!(errors.is_empty(), "{errors:?}");
    set
}

/// The lines of the sinks that are reported.
pub fn analyze(text: &str, models: &ModelSet) -> BTreeSet<usize> {
    let (source, _) = SourceFile::from_bytes("program.py".to_owned(), text.as_bytes());
    let lowered = vansire_python::lower(&source);
    let program = Program::link(vec![(source, lowered.module)]);
    let options = Options { threads: 1, ..Options::default() };
    vansire_flow::analyze(&program, &[], models, vansire_rules::rules(), &options)
        .findings
        .iter()
        .map(|finding| finding.location.start.line as usize)
        .collect()
}

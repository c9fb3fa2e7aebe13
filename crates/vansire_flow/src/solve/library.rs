//! A library without an entry point: what its callers hand to its public functions.

use vansire_python::Symbol;
use vansire_python::ir::{Body, BodyKind, ParameterKind};

use super::{Frame, Input, Solver};
use crate::domain::{Label, Labels, Value};
use crate::text::{KindSet, SinkKind};

/// Where a caller wouldn't expect danger: that `convert(path)` opens a path is its purpose, that it starts a shell
/// isn't.
const UNEXPECTED: [SinkKind; 6] = [
    SinkKind::Shell,
    SinkKind::Code,
    SinkKind::Template,
    SinkKind::Deserialize,
    SinkKind::Archive,
    SinkKind::Xml,
];

/// Nobody is known to hand over data of an attacker: what is found this way is unsure.
const GUESSES: u8 = 2;

/// Whether everybody who imports the project can call this: all names down to it are public, and it stands neither in
/// a test nor in a program.
pub(super) fn is_public(input: &Input<'_>, file: u32, body: &Body) -> bool {
    if body.kind != BodyKind::Function {
        return false;
    }
    let file = input.program.file(vansire_python::FileId(file));
    let private = |name: &str| name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__"));
    let module = file.module_name.as_str();
    if file.is_stub
        || file.is_test
        || file.is_installed
        || module.split('.').any(|part| private(part) || matches!(part, "__main__" | "setup" | "conftest"))
        || private(body.name.as_str())
    {
        return false;
    }
    // Functions within functions are seen by whom those give them to.
    let mut parent = body.parent;
    while let Some(id) = parent {
        let outer = &file.ir.bodies[id.0 as usize];
        match outer.kind {
            BodyKind::Module => return true,
            BodyKind::Class if !private(outer.name.as_str()) => parent = outer.parent,
            _ => return false,
        }
    }
    false
}

impl<'p> Solver<'p> {
    /// What a parameter carries because anybody may call the function.
    pub(super) fn handed_over(&mut self, frame: &Frame<'p>, index: usize) -> Option<Value> {
        let ir = frame.ir;
        if !self.input.options.threats.library || !is_public(self.input, frame.file, ir) {
            return None;
        }
        let in_class =
            self.parent(frame.body).is_some_and(|parent| self.body(parent).1.kind == BodyKind::Class);
        let parameter = &ir.parameters[index];
        let receiver = index == 0
            && in_class
            && matches!(parameter.kind, ParameterKind::Positional | ParameterKind::PositionalOnly);
        if receiver {
            return None;
        }
        let name = Symbol::new(&format!("{}({})", ir.name, parameter.name));
        self.handed_over.insert(name);
        // Which paths are unexpected is decided where they're reported.
        let expected = SinkKind::ALL
            .iter()
            .copied()
            .filter(|kind| !UNEXPECTED.contains(kind) && *kind != SinkKind::Path);
        let expected: KindSet = expected.collect();
        let labels = self.source_labels(frame.file, parameter.span, name);
        let labels: Vec<Label> = labels
            .iter()
            .map(|label| Label { cleared: label.cleared.union(expected), guesses: GUESSES, ..*label })
            .collect();
        Some(Value::opaque(Labels::of(labels)))
    }
}

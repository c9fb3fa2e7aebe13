//! A library without an entry point: what its callers hand to its public functions.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use vansire_python::Symbol;
use vansire_python::ir::{Body, BodyKind, Expr, ExprKind, ParameterKind, StmtKind};

use super::relevance::{Relevance, names_type};
use super::shapes::Context;
use super::{Frame, Hit, Input, Solver, Summary};
use crate::domain::{BodyIndex, Label, Labels, Origin, Part, PathId, PathStep, Root, Value};
use crate::text::{CharSet, KindSet, SinkKind};

/// In projects of up to this many bodies the arguments of all public functions are looked at. In larger ones most of
/// them lead nowhere, and following each costs more than everything else: there, those are asked for that are seen to
/// lead to a sink.
const MAXIMUM_HANDED_OVER: u32 = 1_500;

/// Packages with more bodies (functions, classes, modules) than this are taken for libraries only when asked: what is
/// found this way is unsure, and of a large library there is much of it.
const MAXIMUM_LIBRARY: u32 = 4_000;

/// A package with fewer bodies for each entry point than this is an application.
const MINIMUM_BODIES_OF_ENTRY: u64 = 25;

/// Nobody is known to hand over data of an attacker: what is found this way is unsure. Half of that is counted where it
/// arrives, so that it isn't let go on its way sooner than other data.
pub(super) const GUESSES: u8 = 1;

/// Words of the names of parameters that take a whole command.
const COMMANDS: [&str; 14] = [
    "args",
    "argv",
    "argument",
    "arguments",
    "cmd",
    "cmds",
    "command",
    "commands",
    "flags",
    "line",
    "options",
    "opts",
    "params",
    "script",
];

/// Folders with what is shipped beside a package: nobody imports it, and it says nothing of what the package is.
const BESIDE: [&str; 12] = [
    "example",
    "examples",
    "demo",
    "demos",
    "doc",
    "docs",
    "sample",
    "samples",
    "benchmark",
    "benchmarks",
    "scripts",
    "tutorial",
];

/// Whether a file is part of the program itself, not of its tests, documentation and examples.
pub(super) fn is_of_program(input: &Input<'_>, file: u32) -> bool {
    let file = input.program.file(vansire_python::FileId(file));
    !file.is_test && !file.source.path.split('/').any(|folder| BESIDE.contains(&folder))
}

/// The names that packages hand on from their modules, whatever those are called.
pub(super) fn exported(input: &Input<'_>) -> FxHashSet<Symbol> {
    let packages = input.program.files().filter(|(_, file)| file.source.path.ends_with("__init__.py"));
    let blocks = packages.filter_map(|(_, file)| file.ir.bodies.first()).flat_map(|body| &body.block);
    blocks
        .filter_map(|statement| match &statement.kind {
            StmtKind::ImportFrom { name, .. } => Some(*name),
            _ => None,
        })
        .collect()
}

/// Whether everybody who imports the project can call this: all names down to it are public, or a package hands its
/// name on, and it stands neither in a test nor in a program.
pub(super) fn is_public(input: &Input<'_>, file: u32, body: &Body, exported: &FxHashSet<Symbol>) -> bool {
    if body.kind != BodyKind::Function {
        return false;
    }
    if !is_of_program(input, file) {
        return false;
    }
    let file = input.program.file(vansire_python::FileId(file));
    let private = |name: &str| name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__"));
    let module = file.module_name.as_str();
    if file.is_stub
        || file.is_installed
        || module.split('.').any(|part| matches!(part, "__main__" | "setup" | "conftest"))
        || private(body.name.as_str())
    {
        return false;
    }
    let hidden = module.split('.').any(private);
    // Functions within functions are seen by whom those give them to.
    let (mut parent, mut name) = (body.parent, body.name);
    while let Some(id) = parent {
        let outer = &file.ir.bodies[id.0 as usize];
        match outer.kind {
            BodyKind::Module => return !hidden || exported.contains(&name),
            BodyKind::Class if !private(outer.name.as_str()) => (parent, name) = (outer.parent, outer.name),
            _ => return false,
        }
    }
    false
}

impl<'p> Solver<'p> {
    /// Whether next to nothing of a project is called by a framework: the rest is there for who imports it.
    pub(super) fn is_library(&self, count: u32) -> bool {
        let entries = self.statistics.get("entry points of the program").copied().unwrap_or_default();
        count <= MAXIMUM_LIBRARY && entries * MINIMUM_BODIES_OF_ENTRY <= u64::from(count)
    }

    /// From now on what callers hand to public functions counts, too.
    pub(super) fn begin_library(&mut self, count: u32, relevance: &mut Relevance) {
        self.library = true;
        let public: FxHashSet<BodyIndex> = relevance.public().iter().map(|&index| BodyIndex(index)).collect();
        let handed =
            if count <= MAXIMUM_HANDED_OVER { public } else { self.find_handed_over(relevance, &public) };
        let mut bodies: Vec<u32> = handed.iter().map(|body| body.0).collect();
        bodies.sort_unstable();
        self.statistics.insert("functions whose arguments count", bodies.len() as u64);
        // What was solved so far has seen none of it; others see it in the fields of objects.
        let writers: FxHashSet<BodyIndex> =
            handed.iter().copied().filter(|&body| self.writes_fields(body)).collect();
        let stale = self.with_users(&writers);
        self.memo.retain(|body, _| !stale.contains(body));
        self.class_fields.clear();
        self.concerning.clear();
        self.visited.retain(|body| !stale.contains(body) && !handed.contains(body));
        relevance.add_aliases(&bodies, &[]);
        self.handed_to = Some(handed);
        self.assume_relevant(relevance);
    }

    /// Finds the public functions of a large library from whose arguments a way leads to a sink. Bodies that mention
    /// one are solved with their inputs left symbolic; where these arrive in the sink, callers are asked in turn.
    fn find_handed_over(
        &mut self,
        relevance: &Relevance,
        public: &FxHashSet<BodyIndex>,
    ) -> FxHashSet<BodyIndex> {
        let visited = self.visited.clone();
        // Nobody's arguments count before it is known whose do.
        self.handed_to = Some(FxHashSet::default());
        self.assume_ends_relevant(relevance);
        let mut handed: FxHashSet<BodyIndex> = FxHashSet::default();
        relevance.spread_from_ends(&mut |index| {
            let body = BodyIndex(index);
            self.contained(Some(body), |solver| solver.leads_on(body, public, &mut handed)).unwrap_or(false)
        });
        self.visited = visited;
        handed
    }

    /// Whether what a body is given, or what its objects were made of, arrives in a sink; or may, if it's known what it
    /// is. Those who were given it are noted.
    fn leads_on(
        &mut self,
        body: BodyIndex,
        public: &FxHashSet<BodyIndex>,
        handed: &mut FxHashSet<BodyIndex>,
    ) -> bool {
        let (_, ir) = self.body(body);
        if matches!(ir.kind, BodyKind::Module | BodyKind::Class) {
            return false;
        }
        self.begin_work(super::MAXIMUM_WORK_OF_QUESTION);
        let Some(summary) = self.solve(body, &Rc::new(Context::default())) else { return true };
        let method = self.is_method(body);
        let mut arrives = false;
        for hit in &summary.hits {
            for (path, unexpected) in self.arriving(hit) {
                arrives = true;
                // What its callers make of it may be another thing.
                if !unexpected {
                    continue;
                }
                if method && self.paths.root_of(path) == Root::Parameter(0) {
                    let writers = self.writers_of(body, path);
                    handed.extend(writers.into_iter().filter(|writer| public.contains(writer)));
                } else if public.contains(&body) {
                    handed.insert(body);
                }
            }
        }
        arrives || self.depends(&summary, method)
    }

    /// Whether a body does something else if more is known of what it is given; its receiver aside.
    fn depends(&self, summary: &Summary, method: bool) -> bool {
        !summary.hits.is_empty()
            && summary
                .demands
                .iter()
                .any(|(path, _)| !(method && self.paths.root_of(*path) == Root::Parameter(0)))
    }

    /// The inputs of a body that arrive in a sink, and whether nobody expects them there.
    fn arriving(&self, hit: &Hit) -> Vec<(PathId, bool)> {
        if !KindSet::UNEXPECTED.contains(hit.kind) {
            return Vec::new();
        }
        let Some(verdict) = Self::verdict_of(hit) else { return Vec::new() };
        verdict
            .labels
            .iter()
            .filter_map(|label| match label.origin {
                Origin::Path(path) => Some((path, self.is_unexpected(hit, label))),
                Origin::Source(_) => None,
            })
            .collect()
    }

    /// Whether a caller that hands something over wouldn't think of this sink. That a whole command, query or path is
    /// what it is taken for is expected; not so that a part of one isn't kept apart from the rest.
    pub(super) fn is_unexpected(&self, hit: &Hit, label: &Label) -> bool {
        match hit.kind {
            SinkKind::Path | SinkKind::WritePath => {
                self.names_member(label) || self.is_below_another(hit, label)
            }
            SinkKind::Argument => !self.is_a_command(label),
            SinkKind::Shell => {
                // What was put together of elements is no longer seen in its parts.
                let changed = !label.exact && !(label.chars & CharSet::of(";|&$`\n")).is_empty();
                is_spliced(hit, label) || changed && !self.is_a_command(label)
            }
            SinkKind::Html => is_spliced(hit, label),
            kind if KindSet::SPLICED.contains(kind) => is_spliced(hit, label),
            // Loading what it is told to is what a function for plug-ins is for. What a document names isn't the caller's.
            SinkKind::Reflection => self.may_be_document(label),
            _ => true,
        }
    }

    /// Whether what was handed over is a command, or arguments of one, by its name.
    fn is_a_command(&self, label: &Label) -> bool {
        let Origin::Source(source) = label.origin else { return false };
        let name = self.sources[source.0 as usize].as_str();
        let parameter = name.rsplit('(').next().unwrap_or_default().trim_end_matches(')');
        super::purpose::words(parameter).iter().any(|word| COMMANDS.contains(&word.as_str()))
    }

    /// Whether a path stands below one that isn't the caller's of this function as well.
    fn is_below_another(&self, hit: &Hit, label: &Label) -> bool {
        let giver = self.giver(label);
        hit.value.as_texts().iter().any(|text| {
            let parts = text.parts();
            let Some(at) = parts.iter().position(|part| carries(part, label)) else { return false };
            parts[..at].iter().any(|part| match part {
                Part::Literal(text) => text.contains(|one: char| one.is_ascii_alphanumeric()),
                Part::Hole { labels, .. } => labels.iter().all(|one| self.giver(one) != giver),
            })
        })
    }

    /// The function to which something was handed over, or the root of the path where it's still not known.
    fn giver(&self, label: &Label) -> Option<(&'static str, bool)> {
        match label.origin {
            Origin::Source(source) => {
                let name = self.sources[source.0 as usize];
                Some((name.as_str().split('(').next().unwrap_or_default(), true))
            }
            // The receiver's attributes were handed to another function.
            Origin::Path(path) => match self.paths.root_of(path) {
                Root::Parameter(0) if self.paths.node(path).0.is_err() => Some(("self", false)),
                _ => Some(("", false)),
            },
        }
    }

    /// The methods that write the attribute that a path begins with.
    fn writers_of(&mut self, body: BodyIndex, path: PathId) -> Vec<BodyIndex> {
        let mut field = None;
        let mut at = path;
        while let (Err(parent), step) = self.paths.node(at) {
            if let Some(PathStep::Attribute(name)) = step {
                field = Some(*name);
            }
            at = parent;
        }
        match (field, self.parent(body)) {
            (Some(field), Some(class)) => self.writers_in_lineage(class, field),
            _ => Vec::new(),
        }
    }

    /// Whether what callers hand to a function counts.
    pub(super) fn takes_from_callers(&self, body: BodyIndex) -> bool {
        self.library && self.handed_to.as_ref().is_some_and(|handed| handed.contains(&body))
    }

    /// In which a function is solved for what it stores in its object, whoever calls it.
    pub(super) fn context_of_writer(&self, method: BodyIndex) -> Rc<Context> {
        Rc::new(Context { root: self.takes_from_callers(method), ..Context::default() })
    }

    /// What a parameter carries because anybody may call the function.
    pub(super) fn handed_over(&mut self, frame: &Frame<'p>, index: usize) -> Option<Value> {
        let ir = frame.ir;
        // Who calls it within the project hands over something of its own.
        if !frame.context.root || !self.takes_from_callers(frame.body) {
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
        // Of those that aren't expected it is decided where they're reported.
        let expected = SinkKind::ALL.iter().copied().filter(|kind| !KindSet::UNEXPECTED.contains(*kind));
        let mut expected: KindSet = expected.collect();
        if parameter.annotation.as_ref().is_some_and(is_an_object) {
            expected = expected.with(SinkKind::Path).with(SinkKind::WritePath);
        }
        let labels = self.source_labels(frame.file, parameter.span, name);
        let labels: Vec<Label> = labels
            .iter()
            .map(|label| Label { cleared: label.cleared.union(expected), guesses: GUESSES, ..*label })
            .collect();
        Some(Value::opaque(Labels::of(labels)))
    }
}

/// Whether a parameter is declared as something of which no part need be a path, such as a configuration.
fn is_an_object(annotation: &Expr) -> bool {
    const TEXTS: [&str; 12] = [
        "str", "bytes", "Path", "PurePath", "PathLike", "StrPath", "AnyStr", "Any", "object", "Mapping",
        "dict", "IO",
    ];
    matches!(annotation.kind, ExprKind::Name(..) | ExprKind::Attribute(..) | ExprKind::Subscript(..))
        && !names_type(annotation, &TEXTS.iter().map(|name| Symbol::new(name)).collect())
}

fn carries(part: &Part, label: &Label) -> bool {
    matches!(part, Part::Hole { labels, .. } if labels.iter().any(|one| one.origin == label.origin))
}

/// Whether data is put into a text of the library's own.
fn is_spliced(hit: &Hit, label: &Label) -> bool {
    hit.value.as_texts().iter().any(|text| {
        let parts = text.parts();
        parts.iter().any(|part| carries(part, label))
            && parts.iter().any(|part| {
                matches!(part, Part::Literal(text) if text.contains(|one: char| one.is_ascii_alphanumeric()))
            })
    })
}

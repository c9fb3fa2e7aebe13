//! Which bodies have to be solved for themselves: those in which something can begin that matters, and
//! those of their callers that have a say in it or get to see it.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::ir::{
    Body, BodyId, BodyKind, Constant, Expr, ExprKind, StmtKind, StringPart, TargetKind,
};
use vansire_python::{ProgramFile, Resolution, Symbol};

use super::shapes::Context;
use super::{Input, Solver, Summary};
use crate::domain::{BodyIndex, Object, ObjectId, Origin, Ref, Root, Value};
use vansire_python::walk;

/// Callers of callers of bodies where data comes in are roots this far up.
const MAXIMUM_CALLERS: u32 = 4;
/// The same for bodies that only call what a rule about values looks at: a constant seldom comes from further away.
const MAXIMUM_CALLERS_OF_CHECKS: u32 = 1;

/// Functions of a name that more have than this are not looked for by their name.
pub(super) const MAXIMUM_NAMESAKES: usize = 3;

/// Whether an annotation names one of these.
pub(super) fn names_type(annotation: &Expr, words: &FxHashSet<Symbol>) -> bool {
    names_one(annotation, &|word| words.contains(&word))
}

fn names_one(annotation: &Expr, wanted: &dyn Fn(Symbol) -> bool) -> bool {
    match &annotation.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => wanted(*name),
        ExprKind::Subscript(base, index) => names_one(base, wanted) || names_one(index, wanted),
        ExprKind::Binary(_, left, right) => names_one(left, wanted) || names_one(right, wanted),
        ExprKind::Tuple(elements) => elements.iter().any(|one| names_one(one, wanted)),
        _ => false,
    }
}

/// The last names of the classes whose methods frameworks call, with the top-level packages that have them.
fn entry_words(models: &crate::model::ModelSet) -> FxHashMap<Symbol, Vec<Symbol>> {
    let mut words: FxHashMap<Symbol, Vec<Symbol>> = FxHashMap::default();
    for name in models.entry_classes.keys() {
        let (top, _) = name.as_str().split_once('.').unwrap_or((name.as_str(), ""));
        let (_, last) = name.as_str().rsplit_once('.').unwrap_or(("", name.as_str()));
        words.entry(Symbol::new(last)).or_default().push(Symbol::new(top));
    }
    words
}

/// For each file those of these words that are classes of the project: of the file itself or of one that it imports.
fn own_words(
    input: &Input<'_>,
    imported: &[Vec<u32>],
    words: &FxHashMap<Symbol, Vec<Symbol>>,
) -> Vec<FxHashSet<Symbol>> {
    let classes = |(_, file): (_, &vansire_python::ProgramFile)| -> Vec<Symbol> {
        let top = file.ir.bodies.iter().filter(|body| {
            body.kind == BodyKind::Class && body.parent == Some(BodyId(0)) && words.contains_key(&body.name)
        });
        top.map(|body| body.name).collect()
    };
    let defined: Vec<Vec<Symbol>> = input.program.files().map(classes).collect();
    let of = |(number, files): (usize, &Vec<u32>)| {
        let others = files.iter().flat_map(|file| &defined[*file as usize]);
        defined[number].iter().chain(others).copied().collect()
    };
    imported.iter().enumerate().map(of).collect()
}

/// Bodies by their name.
type Names = FxHashMap<Symbol, Vec<u32>>;

/// What the words in bodies tell before anything is solved.
pub(super) struct Relevance {
    /// Where data may come in.
    sources: Vec<u32>,
    /// Where a rule about values looks.
    checks: Vec<u32>,
    /// Who mentions the name of a body, if few have it.
    callers: Vec<Vec<u32>>,
    /// In a part of a project: its own bodies, and those that lead up to one of them. None where all are its own.
    within: Option<Vec<bool>>,
    /// Where what a library is handed may arrive, if the project may be one.
    ends: Vec<u32>,
    /// The functions that everybody may call, then.
    public: Vec<u32>,
}

/// How far each body is from where something begins; `u32::MAX` where nothing leads there.
struct Distances {
    from_source: Vec<u32>,
    from_check: Vec<u32>,
}

impl Relevance {
    pub fn of_words(input: &Input<'_>, count: u32) -> Self {
        let models = input.models;
        let (mut by_name, mut by_name_installed) = (Names::default(), Names::default());
        let (mut sources, mut checks) = (Vec::new(), Vec::new());
        let (mut ends, mut public) = (Vec::new(), Vec::new());
        let exported = super::library::exported(input);
        let of_library = input.options.threats.library || input.options.may_be_library;
        let mut bodies = Vec::with_capacity(count as usize);
        let Reach { direct, imported, packages: reach } = Reach::of(input);
        let entry_words = entry_words(models);
        let own_words = own_words(input, &imported, &entry_words);
        // What somebody in the project imports from outside it.
        let anywhere: FxHashSet<Symbol> = reach.iter().flatten().copied().collect();
        let guesses: Vec<_> = input.rules.iter().filter_map(|rule| models.guess_words.get(rule)).collect();
        for (number, (_, file)) in input.program.files().enumerate() {
            let packages = &reach[number];
            let near = |words: &crate::model::Words, name: &Symbol| {
                // A class of the project's own has the name of one that a framework calls.
                let packages = if own_words[number].contains(name) { &direct[number] } else { packages };
                words.get(name).is_some_and(|owners| owners.iter().any(|owner| packages.contains(owner)))
            };
            let has = |texts: &[String]| texts.iter().any(|text| file.source.text.contains(text.as_str()));
            let by_text: Vec<_> = models.checks_by_text.iter().filter(|one| has(&one.texts)).collect();
            // What the module and its classes keep under a name is said to those that mention it.
            let kept: Vec<FxHashSet<Symbol>> = by_text.iter().map(|one| names_of(file, &one.texts)).collect();
            for (at, body) in file.ir.bodies.iter().enumerate() {
                let index = input.bases[number] + at as u32;
                bodies.push((body, file.is_stub, number));
                if !body.name.as_str().is_empty() {
                    let names = if file.is_installed { &mut by_name_installed } else { &mut by_name };
                    names.entry(body.name).or_default().push(index);
                }
                if file.is_stub {
                    continue;
                }
                let code = !matches!(body.kind, BodyKind::Module | BodyKind::Class);
                let source = body.mentions.iter().any(|name| near(&models.source_words, name))
                    || code && body.mentions.iter().any(|name| near(&models.shared_words, name))
                    || body.parameters.iter().any(|one| {
                        models.parameter_sources.contains_key(&one.name)
                            || one.name.as_str() == "start_response"
                            || one
                                .annotation
                                .as_ref()
                                .is_some_and(|one| names_type(one, &models.source_type_words))
                    })
                    || {
                        let parent = body.parent.map(|parent| &file.ir.bodies[parent.0 as usize]);
                        models.signature(body, parent).is_some()
                    }
                    // Middleware is handed its request by a framework that its file needn't import.
                    || body.parameters.iter().any(|one| one.name.as_str() == "request")
                        && body.mentions.iter().any(|name| {
                            let owners = models.source_words.get(name);
                            owners.is_some_and(|owners| owners.iter().any(|one| anywhere.contains(one)))
                        });
                if of_library && body.mentions.iter().any(|name| near(&models.unexpected_words, name)) {
                    ends.push(index);
                }
                if of_library
                    && !body.parameters.is_empty()
                    && super::library::is_public(input, number as u32, body, &exported)
                {
                    public.push(index);
                }
                if source {
                    sources.push(index);
                }
                // What is wrong in a package isn't told.
                let checked = |name: &Symbol| {
                    near(&models.check_words, name) || guesses.iter().any(|words| near(words, name))
                };
                let checked_by_text = || {
                    by_text.iter().zip(&kept).any(|(one, kept)| {
                        body.mentions.iter().any(|name| near(&one.words, name))
                            && (says(body, &one.texts)
                                || body.mentions.iter().any(|name| kept.contains(name)))
                    })
                };
                if !file.is_installed && (body.mentions.iter().any(checked) || checked_by_text()) {
                    checks.push(index);
                }
            }
        }
        let mut callers = vec![Vec::new(); count as usize];
        for (index, (body, is_stub, _)) in bodies.iter().enumerate() {
            if *is_stub {
                continue;
            }
            // What is installed doesn't make names of the project common.
            for names in [&by_name, &by_name_installed] {
                for name in &body.mentions {
                    let Some(called) = names.get(name) else { continue };
                    if called.len() <= MAXIMUM_NAMESAKES {
                        for &one in called {
                            callers[one as usize].push(index as u32);
                        }
                    }
                }
                if by_name_installed.is_empty() {
                    break;
                }
            }
        }
        // Who mentions a class whose methods a framework calls may tell the framework where.
        for (index, &(body, is_stub, number)) in bodies.iter().enumerate() {
            let is_called = |word: Symbol| {
                let packages = if own_words[number].contains(&word) { &direct[number] } else { &anywhere };
                entry_words.get(&word).is_some_and(|tops| tops.iter().any(|top| packages.contains(top)))
            };
            let handler = !is_stub
                && body.kind == BodyKind::Class
                && body.bases.iter().any(|base| names_one(&base.value, &is_called));
            if handler {
                sources.extend(callers[index].iter().filter(|&&caller| {
                    !matches!(bodies[caller as usize].0.kind, BodyKind::Module | BodyKind::Class)
                }));
            }
        }
        sources.sort_unstable();
        sources.dedup();
        let within = bodies_within(input, &callers);
        let mut relevance = Self { sources, checks, callers, within, ends, public };
        relevance.leave_out();
        relevance
    }

    /// What has nothing to do with the part's own bodies is another part's matter.
    fn leave_out(&mut self) {
        if let Some(within) = &self.within {
            self.sources.retain(|&index| within[index as usize]);
            self.checks.retain(|&index| within[index as usize]);
        }
    }

    /// Bodies that mention by another name what data comes from, or what a rule about values looks at.
    pub fn add_aliases(&mut self, sources: &[u32], checks: &[u32]) {
        for (own, more) in [(&mut self.sources, sources), (&mut self.checks, checks)] {
            own.extend(more);
            own.sort_unstable();
            own.dedup();
        }
        self.leave_out();
    }

    /// Who calls bodies under names of which their own words say nothing.
    pub fn add_callers(&mut self, more: Vec<(u32, u32)>) {
        for (called, caller) in more {
            let own = &mut self.callers[called as usize];
            if let Err(at) = own.binary_search(&caller) {
                own.insert(at, caller);
            }
        }
    }

    pub fn count_of_sources(&self) -> usize {
        self.sources.len()
    }

    /// The bodies that lead, by the names that they mention, to one where data comes in that concerns others than
    /// itself. A method is also led to by who mentions its class.
    pub fn leading_to_sources(
        &self,
        concerns: &dyn Fn(u32) -> bool,
        class_of: &dyn Fn(u32) -> Option<u32>,
    ) -> Vec<bool> {
        let mut found = vec![false; self.callers.len()];
        let mut wave = self.sources.clone();
        wave.iter().for_each(|&index| found[index as usize] = true);
        for _ in 0..MAXIMUM_CALLERS {
            let mut next = Vec::new();
            for index in wave.into_iter().filter(|&index| concerns(index)) {
                let of_class = class_of(index).map(|class| &self.callers[class as usize]);
                for &caller in self.callers[index as usize].iter().chain(of_class.into_iter().flatten()) {
                    if !std::mem::replace(&mut found[caller as usize], true) {
                        next.push(caller);
                    }
                }
            }
            wave = next;
        }
        found
    }

    /// What was stored where these read it comes in there. Those that had no part so far: what was asked of others,
    /// before anything was stored, may have left them out.
    pub fn add_readers(&mut self, readers: &[u32], calm: &[bool]) -> FxHashSet<u32> {
        let near = self.spread_from(readers, &[], &mut |_| (true, true)).from_source;
        self.sources.extend(readers);
        self.sources.sort_unstable();
        self.sources.dedup();
        self.leave_out();
        let had_no_part = |index: &u32| calm.get(*index as usize) == Some(&true);
        (0u32..)
            .zip(&near)
            .filter(|(_, level)| **level != u32::MAX)
            .map(|(index, _)| index)
            .filter(had_no_part)
            .collect()
    }

    /// The functions of a library that everybody may call.
    pub fn public(&self) -> &[u32] {
        &self.public
    }

    /// Goes up from where what a library is handed may arrive.
    pub fn spread_from_ends(&self, asks: &mut dyn FnMut(u32) -> bool) {
        self.spread_from(&self.ends, &[], &mut |index| (asks(index), false));
    }

    /// Goes up from where something begins, as long as a body says that its callers matter.
    fn spread(&self, asks: &mut dyn FnMut(u32) -> (bool, bool)) -> Distances {
        self.spread_from(&self.sources, &self.checks, asks)
    }

    fn spread_from(
        &self,
        sources: &[u32],
        checks: &[u32],
        asks: &mut dyn FnMut(u32) -> (bool, bool),
    ) -> Distances {
        let count = self.callers.len();
        let mut distances =
            Distances { from_source: vec![u32::MAX; count], from_check: vec![u32::MAX; count] };
        let mut wave: Vec<u32> = sources.iter().chain(checks).copied().collect();
        sources.iter().for_each(|&index| distances.from_source[index as usize] = 0);
        checks.iter().for_each(|&index| distances.from_check[index as usize] = 0);
        while !wave.is_empty() {
            wave.sort_unstable();
            wave.dedup();
            let mut next = Vec::new();
            for &index in &wave {
                let (source, check) =
                    (distances.from_source[index as usize], distances.from_check[index as usize]);
                let (up, asked) = asks(index);
                for &caller in &self.callers[index as usize] {
                    let mut reach = |own: &mut u32, level: u32, maximum: u32| {
                        if level < maximum && *own == u32::MAX {
                            *own = level + 1;
                            next.push(caller);
                        }
                    };
                    if up {
                        reach(&mut distances.from_source[caller as usize], source, MAXIMUM_CALLERS);
                    }
                    if asked {
                        reach(&mut distances.from_check[caller as usize], check, MAXIMUM_CALLERS_OF_CHECKS);
                    }
                }
            }
            wave = next;
        }
        distances
    }
}

/// Whether a method is called by what is done with an object, without its name: `__getitem__`, `__enter__`.
pub(super) fn is_special(name: Symbol) -> bool {
    let name = name.as_str();
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// The bodies of a part's own files, and those that are called from them, by name, through as many callers as data is
/// followed up. None where all files are its own.
fn bodies_within(input: &Input<'_>, callers: &[Vec<u32>]) -> Option<Vec<bool>> {
    if input.program.files().all(|(_, file)| file.is_own) {
        return None;
    }
    let mut within = Vec::with_capacity(callers.len());
    for (_, file) in input.program.files() {
        within.resize(within.len() + file.ir.bodies.len(), file.is_own);
    }
    for _ in 0..MAXIMUM_CALLERS {
        let reached: Vec<usize> = (0..callers.len())
            .filter(|&body| !within[body] && callers[body].iter().any(|&caller| within[caller as usize]))
            .collect();
        reached.into_iter().for_each(|body| within[body] = true);
    }
    Some(within)
}

/// What files import.
struct Reach {
    /// For each file the top-level packages that it imports. What is imported from the project itself isn't what models
    /// describe under the same name.
    direct: Vec<FxHashSet<Symbol>>,
    /// The files of the project that it imports.
    imported: Vec<Vec<u32>>,
    /// The packages that it imports itself or through one of those files.
    packages: Vec<FxHashSet<Symbol>>,
}

impl Reach {
    fn of(input: &Input<'_>) -> Self {
        let builtins = Symbol::new("builtins");
        let mut direct: Vec<FxHashSet<Symbol>> = Vec::with_capacity(input.bases.len());
        let mut imported: Vec<Vec<u32>> = Vec::with_capacity(input.bases.len());
        for (id, file) in input.program.files() {
            let mut tops: FxHashSet<Symbol> = [builtins].into_iter().collect();
            let mut files = Vec::new();
            for name in &file.ir.imports {
                match input.program.resolve_import(id, *name) {
                    Resolution::File(other) => files.push(other.0),
                    Resolution::Namespace(_) => {}
                    Resolution::External(_) => {
                        let text = name.as_str();
                        // `from package import name` is noted with the name.
                        let own = text.rsplit_once('.').is_some_and(|(parent, _)| {
                            matches!(input.program.resolve_module(id, 0, parent), Resolution::File(_))
                        });
                        if !own {
                            tops.insert(Symbol::new(text.split('.').next().unwrap_or_default()));
                        }
                    }
                }
            }
            for name in &file.ir.relative_imports {
                if let Resolution::File(other) = input.program.resolve_import(id, *name) {
                    files.push(other.0);
                }
            }
            direct.push(tops);
            imported.push(files);
        }
        let near = |(number, files): (usize, &Vec<u32>)| {
            let mut reach = direct[number].clone();
            for &other in files {
                reach.extend(&direct[other as usize]);
            }
            reach
        };
        let packages = imported.iter().enumerate().map(near).collect();
        Self { direct, imported, packages }
    }
}

/// The files of the project that a file imports.
fn imported_files(input: &Input<'_>, id: vansire_python::FileId) -> Vec<u32> {
    let file = input.program.file(id);
    let mut found = Vec::new();
    for name in file.ir.imports.iter().chain(&file.ir.relative_imports) {
        if let Resolution::File(other) = input.program.resolve_import(id, *name) {
            found.push(other.0);
        }
    }
    found
}

impl Solver<'_> {
    /// Before anything is known of what bodies do: by names alone.
    pub(super) fn assume_relevant(&mut self, relevance: &Relevance) {
        let distances = relevance.spread(&mut |_| (true, true));
        self.set_relevant(&distances);
    }

    /// The same for where what a library is handed may arrive.
    pub(super) fn assume_ends_relevant(&mut self, relevance: &Relevance) {
        let mut begins = relevance.sources.clone();
        begins.extend(&relevance.ends);
        let distances = relevance.spread_from(&begins, &relevance.checks, &mut |_| (true, true));
        self.set_relevant(&distances);
    }

    /// The bodies to begin with; callers first. Those in which something may begin are solved without
    /// any caller: what they let out, and what they ask of their inputs, tells whether callers matter.
    pub(super) fn find_relevant(&mut self, relevance: &Relevance) -> Vec<BodyIndex> {
        let visited = self.visited.clone();
        let distances = relevance.spread(&mut |index| {
            let body = BodyIndex(index);
            self.contained(Some(body), |solver| solver.asks(body)).unwrap_or((true, true))
        });
        // Being asked isn't being called.
        self.visited = visited;
        self.set_relevant(&distances);
        let distance = |index: u32| {
            let (one, two) = (distances.from_source[index as usize], distances.from_check[index as usize]);
            if one == u32::MAX { two } else { one }
        };
        let mut roots: Vec<u32> =
            (0..relevance.callers.len() as u32).filter(|&index| distance(index) != u32::MAX).collect();
        roots.retain(|&index| self.is_own(self.body(BodyIndex(index)).0));
        // The furthest from the beginning first: they bring the others what they call them with.
        roots.sort_by_key(|&index| (std::cmp::Reverse(distance(index)), index));
        roots.into_iter().map(BodyIndex).collect()
    }

    /// Whether what begins in a file is to be followed here.
    pub(super) fn is_own(&self, file: u32) -> bool {
        self.input.program.file(vansire_python::FileId(file)).is_own
    }

    fn set_relevant(&mut self, distances: &Distances) {
        self.calm = distances.from_source.iter().map(|&level| level == u32::MAX).collect();
        self.quiet = distances
            .from_source
            .iter()
            .zip(&distances.from_check)
            .map(|(&one, &two)| one == u32::MAX && two == u32::MAX)
            .collect();
    }

    /// The bodies that mention what holds data from outside since functions stored it there.
    pub(super) fn readers_of_stored(&self) -> Vec<u32> {
        let outside = |id: &ObjectId| self.stored_objects.get(id).is_some_and(|one| self.holds_outside(one));
        let holds =
            |value: &Value| value.refs.iter().any(|one| matches!(one, Ref::Object(id) if outside(id)));
        let mut names: FxHashMap<u32, FxHashSet<Symbol>> = FxHashMap::default();
        for ((file, name), value) in &self.stored_globals {
            if self.is_from_outside(value) {
                names.entry(*file).or_default().insert(*name);
            }
        }
        for (file, status) in &self.modules {
            let (super::ModuleStatus::Done(values) | super::ModuleStatus::Running(values)) = status;
            for (name, value) in values {
                if holds(value) {
                    names.entry(*file).or_default().insert(*name);
                }
                for reference in &value.refs {
                    let Ref::Class(class) = reference else { continue };
                    let ObjectId::Global(number) = class.namespace else { continue };
                    let stored = self.stored_objects.get(&class.namespace);
                    let written = stored.into_iter().flat_map(|object| &object.fields);
                    let own = self.globals.get(number as usize).into_iter().flat_map(|object| &object.fields);
                    let fields = own.filter(|(_, value)| holds(value));
                    let fields = fields.chain(written.filter(|(_, value)| self.is_from_outside(value)));
                    names.entry(*file).or_default().extend(fields.map(|(name, _)| *name));
                }
            }
        }
        self.mentioning(&names)
    }

    /// The bodies that mention names of their own file, or of a file that theirs imports.
    pub(super) fn mentioning(&self, names: &FxHashMap<u32, FxHashSet<Symbol>>) -> Vec<u32> {
        let mut readers = Vec::new();
        // What requests carry along is read in any file: who mentions it and one of the names that it holds.
        for (entity, fields) in self.shared_fields() {
            for (number, (_, file)) in self.input.program.files().enumerate() {
                for (at, body) in file.ir.bodies.iter().enumerate() {
                    if body.mentions_name(entity) && fields.iter().any(|&name| body.mentions_name(name)) {
                        readers.push(self.input.bases[number] + at as u32);
                    }
                }
            }
        }
        if names.values().all(FxHashSet::is_empty) {
            return readers;
        }
        for (number, (id, file)) in self.input.program.files().enumerate() {
            let mut near = imported_files(self.input, id);
            near.push(number as u32);
            let near: Vec<_> = near.iter().filter_map(|file| names.get(file)).collect();
            if file.is_stub || near.is_empty() {
                continue;
            }
            for (at, body) in file.ir.bodies.iter().enumerate() {
                if body.mentions.iter().any(|name| near.iter().any(|names| names.contains(name))) {
                    readers.push(self.input.bases[number] + at as u32);
                }
            }
        }
        readers
    }

    /// The attributes that everybody shares and in which functions have left data from outside: by which name
    /// each is reached, and under which names it holds the data.
    fn shared_fields(&self) -> Vec<(Symbol, Vec<Symbol>)> {
        let mut found = Vec::new();
        for (_, entity) in super::members::SHARED {
            let Some(object) = self.stored_objects.get(&ObjectId::External(Symbol::new(entity))) else {
                continue;
            };
            let outside = object.fields.iter().filter(|(_, value)| self.is_from_outside(value));
            let fields: Vec<Symbol> = outside.map(|(name, _)| *name).collect();
            if let (Some((_, last)), false) = (entity.rsplit_once('.'), fields.is_empty()) {
                found.push((Symbol::new(last), fields));
            }
        }
        // What middleware has left on the requests themselves.
        for (id, object) in &self.stored_objects {
            let ObjectId::External(kind) = id else { continue };
            if self.source_types.contains(kind) {
                let outside = object.fields.iter().filter(|(_, value)| self.is_from_outside(value));
                let fields: Vec<Symbol> = outside.map(|(name, _)| *name).collect();
                if !fields.is_empty() {
                    found.push((Symbol::new("request"), fields));
                }
            }
        }
        found
    }

    /// Whether callers of a body matter for the data that comes in below it, and for what its checks see.
    fn asks(&mut self, body: BodyIndex) -> (bool, bool) {
        let (_, ir) = self.body(body);
        if matches!(ir.kind, BodyKind::Module | BodyKind::Class) {
            return (false, false);
        }
        self.concerning.remove(&body);
        self.begin_work(super::MAXIMUM_WORK_OF_QUESTION);
        let Some(summary) = self.solve(body, &Rc::new(Context::default())) else { return (true, true) };
        let method = self.parent(body).is_some_and(|parent| self.body(parent).1.kind == BodyKind::Class);
        // What the receiver is, is known without any caller.
        let asked = |path| {
            let root = self.paths.root_of(path);
            !(method && root == Root::Parameter(0))
        };
        let up = summary.touched
            && (self.lets_out(&summary) || summary.demands.iter().any(|(path, _)| asked(*path)));
        let strong = summary.demands.iter().any(|(_, strong)| *strong);
        let concerns = summary.touched && (!summary.demands.is_empty() || self.lets_out(&summary));
        self.concerning.insert(body, concerns);
        (up, strong)
    }

    /// Whether data from outside comes out of a body: returned, raised, yielded, or stored.
    fn lets_out(&self, summary: &Summary) -> bool {
        summary.returns.as_ref().is_some_and(|value| self.is_from_outside(value))
            || self.is_from_outside(&summary.raised)
            || summary.globals.iter().any(|(_, value)| self.is_from_outside(value))
            || !summary.pending.is_empty()
            || summary.objects.iter().any(|(_, object)| self.holds_outside(object))
    }

    pub(super) fn holds_outside(&self, object: &Object) -> bool {
        let inner = object.fields.iter().map(|(_, value)| value);
        inner
            .chain(object.entries.iter().map(|(_, value)| value))
            .chain(&object.elements)
            .chain([&object.rest, &object.keys])
            .any(|value| self.is_from_outside(value))
    }

    fn is_from_outside(&self, value: &Value) -> bool {
        value.own_labels().iter().any(|label| matches!(label.origin, Origin::Source(_)))
            || value.refs.iter().any(|reference| match reference {
                Ref::Instance(kind) => self.source_types.contains(kind),
                Ref::Tuple(elements) => elements.iter().any(|value| self.is_from_outside(value)),
                Ref::Bound(bound) => self.is_from_outside(&bound.1),
                Ref::Partial(partial) => {
                    let given = partial.keywords.iter().map(|(_, value)| value);
                    given.chain(&partial.positional).any(|value| self.is_from_outside(value))
                }
                _ => false,
            })
    }
}

/// The names under which a module and its classes keep literals that begin with one of these texts.
fn names_of(file: &ProgramFile, texts: &[String]) -> FxHashSet<Symbol> {
    let mut names = FxHashSet::default();
    let outer = |body: &&Body| matches!(body.kind, BodyKind::Module | BodyKind::Class);
    for body in file.ir.bodies.iter().filter(outer) {
        walk::statements(&body.block, &mut |statement| {
            let StmtKind::Assign { targets, value, .. } = &statement.kind else { return };
            let mut found = false;
            walk::within(value, &mut |one| found |= begins(one, texts));
            if found {
                names.extend(targets.iter().filter_map(|target| match target.kind {
                    TargetKind::Name(_, name) => Some(name),
                    _ => None,
                }));
            }
        });
    }
    names
}

/// Whether this is a literal that begins with one of these texts.
fn begins(expression: &Expr, texts: &[String]) -> bool {
    let begins = |text: &str| texts.iter().any(|one| text.starts_with(one.as_str()));
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => begins(text),
        ExprKind::Interpolated(parts) => {
            matches!(parts.first(), Some(StringPart::Literal(text)) if begins(text))
        }
        _ => false,
    }
}

/// Whether a body has a literal that begins with one of these texts, or an identifier with one in it.
fn says(body: &Body, texts: &[String]) -> bool {
    if body.mentions.iter().any(|name| texts.iter().any(|one| name.as_str().contains(one.as_str()))) {
        return true;
    }
    let mut found = false;
    walk::block(&body.block, &mut |one| found |= begins(one, texts));
    found || body.parameters.iter().filter_map(|one| one.default.as_ref()).any(|one| begins(one, texts))
}

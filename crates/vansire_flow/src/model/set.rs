//! The compiled set of models that the solver asks.

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::Symbol;
use vansire_python::ir::Body;

use super::check::{Check, Setting};
use super::coding::Coding;
use super::compiler::Compiler;
use super::port::Port;
use super::raw::{ModelError, ModelFile, RawWhen, Scalar};
use super::signatures::Signature;
use crate::text::{CharSet, Form, KindSet, SinkKind};
use crate::{Threats, Versions};

pub type Alias = (Symbol, Symbol);

/// A condition with its port parsed.
#[derive(Clone, Debug)]
pub struct ConditionModel {
    pub port: Port,
    pub is: Option<Vec<Scalar>>,
    pub is_not: Option<Vec<Scalar>>,
    pub may: Option<Vec<Scalar>>,
    pub missing: Option<bool>,
    pub below: Option<f64>,
    pub bits: Option<i64>,
    pub matches: Option<String>,
    pub types: Option<Vec<Symbol>>,
    pub untyped: Option<Vec<Symbol>>,
    /// Callers aren't asked for the value.
    pub here: bool,
}

/// Bounds on versions: the row holds only within them.
#[derive(Clone, Debug, Default)]
pub struct VersionBound {
    pub package: String,
    pub before: Option<Vec<u32>>,
    pub since: Option<Vec<u32>>,
    pub python_before: Option<(u32, u32)>,
    pub python_since: Option<(u32, u32)>,
}

impl VersionBound {
    /// Without a pin, the newest version is assumed.
    pub fn holds(&self, versions: &Versions) -> bool {
        let pinned = versions.packages.get(&self.package);
        self.before.as_ref().is_none_or(|bound| pinned.is_some_and(|version| version < bound))
            && self.since.as_ref().is_none_or(|bound| pinned.is_none_or(|version| version >= bound))
            && self.python_before.is_none_or(|bound| versions.python.is_some_and(|version| version < bound))
            && self.python_since.is_none_or(|bound| versions.python.is_none_or(|version| version >= bound))
    }
}

#[derive(Clone, Debug)]
pub struct Sink {
    pub ports: Vec<Port>,
    pub kinds: Vec<SinkKind>,
    /// What data can still contain once the library has quoted what it was given.
    pub keeps: CharSet,
    pub when: Vec<ConditionModel>,
    pub unless: Vec<ConditionModel>,
    /// Not in files that mention one of these names.
    pub unless_mentions: Vec<Symbol>,
    pub name: Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkTarget {
    Call,
    SetAttribute,
    SetItem,
}

#[derive(Clone, Debug)]
pub enum TextOperation {
    Identity,
    /// What an object was given to hold.
    Content,
    Text,
    JoinPath,
    BaseName,
    DirectoryName,
    NormalizePath,
    RealPath,
    JoinUrl,
    EscapeHtml,
    UnescapeHtml,
    QuoteShell,
    UnquoteShell,
    /// A Unicode normal form.
    Normalize,
    QuoteUrl,
    Decode,
    /// Decoded to a whole document.
    Document,
    /// What is read as bytes.
    Bytes,
    Elements,
    /// A dictionary of which both keys and values are the data.
    Mapping,
    JsonDump,
    Number,
    Table {
        keeps: CharSet,
        adds: CharSet,
    },
}

#[derive(Clone, Debug)]
pub struct Step {
    pub from: Vec<Port>,
    pub to: Port,
    pub text: TextOperation,
    pub clears: KindSet,
    pub to_type: Option<Symbol>,
    /// It writes data in a format, or reads what was written in it.
    pub coding: Option<Coding>,
    pub when: Vec<ConditionModel>,
    pub unless: Vec<ConditionModel>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardWhen {
    True,
    False,
    Returns,
}

#[derive(Clone, Debug)]
pub struct Guard {
    pub port: Port,
    pub when: GuardWhen,
    pub keeps: CharSet,
    pub clears: KindSet,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub struct Invocation {
    pub function: Port,
    pub arguments: Vec<Port>,
    pub keywords: Option<Port>,
    pub result: Option<Port>,
}

/// All that is known about one callable.
#[derive(Clone, Debug, Default)]
pub struct FunctionModel {
    pub returns: Option<Symbol>,
    pub clean: bool,
    pub noreturn: bool,
    pub invokes: Vec<Invocation>,
    pub sinks: Vec<Sink>,
    pub steps: Vec<Step>,
    pub guards: Vec<Guard>,
    pub checks: Vec<Check>,
}

#[derive(Clone, Debug)]
pub struct Source {
    pub kind: Symbol,
    pub name: Symbol,
    pub type_name: Option<Symbol>,
    pub chars: CharSet,
    pub form: Form,
    /// It gives a decoded document, which is mostly more than a text.
    pub document: bool,
    /// A dictionary whose keys the program declares.
    pub declared: bool,
    /// It gives bytes where this isn't given.
    pub bytes_unless: Option<Port>,
    /// What its text always begins with.
    pub begins: Option<String>,
    /// Where it is seldom dangerous, for a reason that the analysis can't see: less sure there.
    pub seldom: KindSet,
    /// The threat model in force takes it into account.
    pub active: bool,
}

#[derive(Clone, Debug, Default)]
pub struct TypeModel {
    pub bases: Vec<Symbol>,
    pub attributes: FxHashMap<Symbol, Symbol>,
    /// Attributes that are what a method of the project's subclass returns, by its name.
    pub provided: FxHashMap<Symbol, Symbol>,
    pub element: Option<Symbol>,
    /// What is said to be an instance of it may be a plain text as well.
    pub or_text: bool,
    pub awaits: Option<Symbol>,
    pub enters: Option<Symbol>,
}

#[derive(Clone, Debug)]
pub enum EntryParameters {
    None,
    NamedIn(Port),
    All,
    Rest,
    Named(Vec<Symbol>),
}

#[derive(Clone, Debug)]
pub enum EntryKind {
    Decorator,
    Register(Port),
    /// Patterns of method names; a final `*` matches any ending.
    Class(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    pub parameters: EntryParameters,
    pub source_kind: Symbol,
    /// What the parameters get is bytes.
    pub bytes: bool,
    pub active: bool,
    /// The types of the first parameters; none where nothing is known of one.
    pub first: Vec<Option<Symbol>>,
    /// Methods are called as plain functions, with all of `first`.
    pub unbound: bool,
    /// The class of a method is made with what would be its first parameter.
    pub constructs: bool,
    /// Types without text that arguments can be declared with.
    pub harmless: Vec<Symbol>,
    /// The type of what the function is given to fill: a response.
    pub second: Option<Symbol>,
    /// Patterns of the methods that are called, where an object is handed over and not a function.
    pub methods: Vec<String>,
    /// Where a registration declares the parameters.
    pub declared: Option<Port>,
    pub result: Option<SinkKind>,
    pub name: Symbol,
}

/// Sinks and checks of assignments.
#[derive(Clone, Debug, Default)]
pub struct AssignmentModel {
    pub sinks: Vec<Sink>,
    pub checks: Vec<Check>,
}

/// Words with the top-level packages that they belong to: a body matters for a word only where one of
/// these is in reach.
pub type Words = FxHashMap<Symbol, Vec<Symbol>>;

fn add_word(words: &mut Words, name: &str) {
    add_word_of(words, name, &[]);
}

/// The same for a name that users of other packages meet as well: `set_cookie` is a method of
/// Werkzeug, and who calls it imports Flask.
pub(super) fn add_word_of(words: &mut Words, name: &str, imports: &[String]) {
    let word = last(name.trim_end_matches("()"));
    let packages = words.entry(word).or_default();
    for name in imports.iter().map(String::as_str).chain([name]) {
        let package = Symbol::new(name.split('.').next().unwrap_or_default());
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
}

/// Everything that the loaded models say, by dotted name.
#[derive(Debug, Default)]
pub struct ModelSet {
    /// By name; a text, so that prefixes are looked up without being interned.
    pub aliases: FxHashMap<&'static str, Symbol>,
    pub types: FxHashMap<Symbol, TypeModel>,
    pub functions: FxHashMap<Symbol, FunctionModel>,
    /// Functions that give back this argument where nothing is configured.
    pub defaults: FxHashMap<Symbol, Port>,
    /// By entity; a call's result by the name with `()` behind it.
    pub sources: FxHashMap<Symbol, Source>,
    /// Of functions whose results are sources, the names under which those stand.
    results: FxHashMap<Symbol, Symbol>,
    pub set_attribute: FxHashMap<Symbol, AssignmentModel>,
    pub set_item: FxHashMap<Symbol, AssignmentModel>,
    pub entry_decorators: FxHashMap<Symbol, Vec<Entry>>,
    pub entry_registers: FxHashMap<Symbol, Vec<Entry>>,
    pub entry_classes: FxHashMap<Symbol, Vec<Entry>>,
    /// Types of mappings some of whose keys are sources: `type["key"]`.
    pub keyed_sources: FxHashSet<Symbol>,
    pub parameter_sources: FxHashMap<Symbol, Source>,
    pub signatures: Vec<Signature>,
    /// Top-level packages that a model describes.
    pub packages: FxHashSet<Symbol>,
    /// The packages whose rows are kept.
    pub loaded: FxHashSet<Symbol>,
    /// Last parts of the names of sources, sinks, checks, entries: what a body must mention to matter.
    pub source_words: Words,
    /// The names of what everybody shares and takes data out of. A module mentions them where it imports them.
    pub shared_words: Words,
    /// Functions that give the names of an archive's members.
    pub archive_names: FxHashSet<Symbol>,
    pub sink_words: Words,
    /// Those of them that a library's caller wouldn't expect.
    pub unexpected_words: Words,
    pub check_words: Words,
    pub checks_by_text: Vec<super::check::WordsByText>,
    /// The words of checks that only guess, by their rule.
    pub guess_words: FxHashMap<Symbol, Words>,
    /// Settings of frameworks, by name.
    pub settings: FxHashMap<Symbol, Vec<Setting>>,
    /// Functions whose arguments clients read.
    pub answers: FxHashSet<Symbol>,
    /// Last parts of the names of types that give data from outside: what an annotation names.
    pub source_type_words: FxHashSet<Symbol>,
    source_names: Vec<Symbol>,
    lineages: FxHashMap<Symbol, Vec<Symbol>>,
}

impl ModelSet {
    /// Every name that a row speaks of: functions, types, sources, entry points, other names of them.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let functions = self.functions.keys().chain(self.types.keys()).chain(self.sources.keys());
        let assignments = self.set_attribute.keys().chain(self.set_item.keys());
        let entries = [&self.entry_decorators, &self.entry_registers, &self.entry_classes];
        let entries = entries.into_iter().flat_map(FxHashMap::keys);
        let names = functions.chain(assignments).chain(entries).map(|name| name.as_str());
        names.chain(self.aliases.keys().copied())
    }

    /// Compiles the models (path, text) that one of `imports` (dotted names) asks for. `builtins` is
    /// always loaded. Errors are collected: a broken model costs only itself.
    pub fn build(
        models: &[(&str, &str)],
        imports: &[Symbol],
        versions: &Versions,
        threats: Threats,
    ) -> (Self, Vec<ModelError>) {
        let tops: FxHashSet<&str> =
            imports.iter().map(|name| name.as_str().split('.').next().unwrap_or_default()).collect();
        let mut set = Self::default();
        let mut errors = Vec::new();
        for &(path, text) in models {
            let file = match super::raw::parse(path, text) {
                Ok(file) => file,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let own = [file.package.clone()];
            let names = if file.imports.is_empty() { &own[..] } else { &file.imports[..] };
            let wanted = file.package == "builtins"
                || names.iter().any(|name| {
                    let top = name.split('.').next().unwrap_or_default();
                    tops.contains(top)
                });
            if wanted {
                set.loaded.insert(Symbol::new(&file.package));
            }
            for name in names {
                set.packages.insert(Symbol::new(name.split('.').next().unwrap_or_default()));
            }
            // Types and aliases of other packages matter as soon as a loaded package returns them, so
            // that they're always kept; rows are kept where a name can lead to them.
            let compiler = Compiler { path, text, package: normalize(&file.package), versions, threats };
            if let Err(error) = set.add(&file, &compiler, wanted) {
                errors.push(error);
            }
        }
        set.link();
        (set, errors)
    }

    fn add(&mut self, file: &ModelFile, compiler: &Compiler<'_>, wanted: bool) -> Result<(), ModelError> {
        if wanted {
            self.answers.extend(file.answers.iter().map(|name| Symbol::new(name)));
            for raw in &file.setting {
                let setting = Setting::compile(raw, compiler)?;
                for name in raw.name.iter() {
                    self.settings.entry(Symbol::new(name)).or_default().push(setting.clone());
                }
            }
        }
        for alias in &file.alias {
            for name in alias.name.iter() {
                self.aliases.insert(Symbol::new(name).as_str(), Symbol::new(&alias.is));
            }
        }
        for raw in &file.types {
            for name in raw.name.iter() {
                let model = self.types.entry(Symbol::new(name)).or_default();
                model.bases.extend(raw.bases.iter().map(|base| Symbol::new(base)));
                model.attributes.extend(
                    raw.attributes
                        .iter()
                        .map(|(attribute, kind)| (Symbol::new(attribute), Symbol::new(kind))),
                );
                model.provided.extend(
                    raw.provided
                        .iter()
                        .map(|(attribute, method)| (Symbol::new(attribute), Symbol::new(method))),
                );
                model.element = raw.element.as_deref().map(Symbol::new).or(model.element);
                model.or_text |= raw.or_text;
                model.awaits = raw.awaits.as_deref().map(Symbol::new).or(model.awaits);
                model.enters = raw.enters.as_deref().map(Symbol::new).or(model.enters);
            }
        }
        for raw in &file.function {
            if let Some(port) = &raw.default {
                for name in raw.call.iter() {
                    self.defaults.insert(Symbol::new(name), compiler.port(port)?);
                }
                // What else they give is told elsewhere.
                continue;
            }
            for name in raw.call.iter() {
                let model = self.functions.entry(Symbol::new(name)).or_default();
                model.returns = raw.returns.as_deref().map(Symbol::new).or(model.returns);
                model.clean |= raw.clean;
                model.noreturn |= raw.noreturn;
                for invocation in &raw.invokes {
                    model.invokes.push(Invocation {
                        function: compiler.port(&invocation.function)?,
                        arguments: compiler.ports(invocation.arguments.iter().map(String::as_str))?,
                        keywords: invocation
                            .keywords
                            .as_deref()
                            .map(|text| compiler.port(text))
                            .transpose()?,
                        result: invocation.result.as_deref().map(|text| compiler.port(text)).transpose()?,
                    });
                }
            }
        }
        for raw in &file.source {
            let active = compiler.active(&raw.threat)?;
            if raw.at.is_empty() && raw.parameter.is_empty() {
                return Err(compiler.error("[[source]]", "a source needs `at` or `parameter`".to_owned()));
            }
            let chars = raw.chars.as_deref().map_or(CharSet::ALL, CharSet::class);
            let seldom = compiler.kinds(&raw.seldom)?;
            let bytes_unless = raw.bytes_unless.as_deref().map(|port| compiler.port(port)).transpose()?;
            let source = |name: &str| Source {
                kind: Symbol::new(&raw.kind),
                name: Symbol::new(name),
                type_name: raw.type_name.as_deref().map(Symbol::new),
                chars,
                form: if raw.rooted { Form::ROOTED } else { Form::NONE },
                document: false,
                declared: raw.declared,
                bytes_unless: bytes_unless.clone(),
                begins: raw.begins.clone(),
                seldom,
                active,
            };
            let whole = [String::new()];
            for at in raw.at.iter() {
                for read in if raw.read.is_empty() { &whole[..] } else { &raw.read[..] } {
                    let name = format!("{at}{read}");
                    if read.starts_with('[') {
                        self.keyed_sources.insert(Symbol::new(at));
                    } else if active && wanted {
                        self.source_names.push(Symbol::new(&name));
                    }
                    let document = raw.documents.iter().any(|one| one == read || *one == name);
                    self.sources.insert(Symbol::new(&name), Source { document, ..source(&name) });
                }
            }
            for parameter in raw.parameter.iter() {
                match Signature::parse(parameter, source) {
                    Some(signature) => self.signatures.push(signature),
                    None => {
                        self.parameter_sources.insert(Symbol::new(parameter), source(parameter));
                    }
                }
            }
        }
        for raw in &file.sink {
            if !compiler.bound(raw).holds(compiler.versions) {
                continue;
            }
            let mut kinds = Vec::new();
            for kind in raw.kind.iter() {
                kinds.push(
                    SinkKind::parse(kind)
                        .ok_or_else(|| compiler.error(kind, format!("`{kind}` is no kind of sink")))?,
                );
            }
            let ports = compiler.ports(raw.port.iter())?;
            // Without these the row would never say anything, and nobody would know.
            if raw.call.is_empty() && raw.set.is_empty() && raw.set_item.is_empty() {
                let message = "a sink needs `call`, `set` or `set-item`".to_owned();
                return Err(compiler.error("[[sink]]", message));
            }
            if let Some(name) = raw.call.iter().next()
                && ports.is_empty()
            {
                return Err(compiler.error(name, format!("the sink `{name}` needs a `port`")));
            }
            let (when, unless) = (compiler.conditions(&raw.when)?, compiler.conditions(&raw.unless)?);
            let keeps = raw.quotes.as_deref().map_or(CharSet::ALL, |quoted| !CharSet::of(quoted));
            for (target, names) in [
                (SinkTarget::Call, &raw.call),
                (SinkTarget::SetAttribute, &raw.set),
                (SinkTarget::SetItem, &raw.set_item),
            ] {
                for name in names.iter() {
                    let sink = Sink {
                        ports: ports.clone(),
                        kinds: kinds.clone(),
                        keeps,
                        when: when.clone(),
                        unless: unless.clone(),
                        unless_mentions: raw.unless_mentions.iter().map(Symbol::new).collect(),
                        name: Symbol::new(name),
                    };
                    if wanted {
                        add_word(&mut self.sink_words, name);
                        // Attributes are looked up by names everywhere.
                        let looks_up = kinds == [SinkKind::Reflection]
                            && name.starts_with("builtins.")
                            && name != "builtins.__import__";
                        if !looks_up && kinds.iter().any(|kind| KindSet::UNEXPECTED.contains(*kind)) {
                            add_word_of(&mut self.unexpected_words, name, &file.imports);
                        }
                    }
                    match target {
                        SinkTarget::Call => {
                            self.functions.entry(Symbol::new(name)).or_default().sinks.push(sink);
                        }
                        SinkTarget::SetAttribute => {
                            self.set_attribute.entry(Symbol::new(name)).or_default().sinks.push(sink);
                        }
                        SinkTarget::SetItem => {
                            self.set_item.entry(Symbol::new(name)).or_default().sinks.push(sink);
                        }
                    }
                }
            }
        }
        self.archive_names.extend(file.archive_names.iter().map(|name| Symbol::new(name)));
        for raw in &file.step {
            let step = Step {
                from: compiler.ports(raw.from.iter())?,
                to: compiler.port(&raw.to)?,
                text: compiler.text(raw.text.as_ref())?,
                clears: compiler.kinds(&raw.clears)?,
                to_type: raw.to_type.as_deref().map(Symbol::new),
                coding: compiler.coding(raw)?,
                when: compiler.conditions(&raw.when)?,
                unless: compiler.conditions(&raw.unless)?,
            };
            for name in raw.call.iter() {
                self.functions.entry(Symbol::new(name)).or_default().steps.push(step.clone());
            }
        }
        for raw in &file.guard {
            let guard = Guard {
                port: compiler.port(&raw.port)?,
                when: match &raw.when {
                    RawWhen::Truth(true) => GuardWhen::True,
                    RawWhen::Truth(false) => GuardWhen::False,
                    RawWhen::Word(word) if word == "returns" => GuardWhen::Returns,
                    RawWhen::Word(word) => {
                        return Err(
                            compiler.error(word, format!("`{word}` is none of true, false, \"returns\""))
                        );
                    }
                },
                keeps: raw.keeps.as_deref().map_or(CharSet::ALL, CharSet::class),
                clears: compiler.kinds(&raw.clears)?,
                form: if raw.no_script { Form::NO_SCRIPT } else { Form::NONE },
            };
            for name in raw.call.iter() {
                self.functions.entry(Symbol::new(name)).or_default().guards.push(guard.clone());
            }
        }
        for raw in &file.entry {
            let (parameters, kind, threat) = match &raw.parameters {
                None => (EntryParameters::None, "http", "remote"),
                Some(parameters) => (
                    if let Some(port) = &parameters.named_in {
                        EntryParameters::NamedIn(compiler.port(port)?)
                    } else if parameters.all {
                        EntryParameters::All
                    } else if parameters.rest {
                        EntryParameters::Rest
                    } else if !parameters.named.is_empty() {
                        EntryParameters::Named(parameters.named.iter().map(|one| Symbol::new(one)).collect())
                    } else {
                        EntryParameters::None
                    },
                    parameters.kind.as_str(),
                    parameters.threat.as_str(),
                ),
            };
            let entry =
                |kind_of: EntryKind, name: &str| -> Result<Entry, ModelError> {
                    Ok(Entry {
                        kind: kind_of,
                        parameters: parameters.clone(),
                        source_kind: Symbol::new(kind),
                        bytes: raw.parameters.as_ref().is_some_and(|parameters| {
                            parameters.type_name.as_deref() == Some("builtins.bytes")
                        }),
                        active: compiler.active(threat)?,
                        first: raw
                            .first
                            .iter()
                            .map(|name| (!name.is_empty()).then(|| Symbol::new(name)))
                            .collect(),
                        unbound: raw.unbound,
                        constructs: raw.constructs,
                        declared: raw.declared.as_deref().map(|port| compiler.port(port)).transpose()?,
                        harmless: raw.harmless.iter().map(Symbol::new).collect(),
                        second: raw.second.as_deref().map(Symbol::new),
                        methods: raw.methods.clone(),
                        result: match &raw.result {
                            None => None,
                            Some(kind) => Some(SinkKind::parse(kind).ok_or_else(|| {
                                compiler.error(kind, format!("`{kind}` is no kind of sink"))
                            })?),
                        },
                        name: Symbol::new(name),
                    })
                };
            for name in raw.decorator.iter() {
                self.entry_decorators
                    .entry(Symbol::new(name))
                    .or_default()
                    .push(entry(EntryKind::Decorator, name)?);
                if wanted {
                    add_word(&mut self.source_words, name);
                }
            }
            for name in raw.register.iter() {
                let port = compiler.port(raw.function.as_deref().unwrap_or("arg(0)"))?;
                self.entry_registers
                    .entry(Symbol::new(name))
                    .or_default()
                    .push(entry(EntryKind::Register(port), name)?);
                if wanted {
                    add_word(&mut self.source_words, name);
                }
            }
            for name in raw.class.iter() {
                self.entry_classes
                    .entry(Symbol::new(name))
                    .or_default()
                    .push(entry(EntryKind::Class(raw.methods.clone()), name)?);
                if wanted {
                    add_word(&mut self.source_words, name);
                }
            }
        }
        self.add_checks(file, compiler, wanted)
    }

    /// Follows aliases and computes the lineage of each type: itself, then its bases, breadth first.
    fn link(&mut self) {
        let names: Vec<Symbol> = self.types.keys().copied().collect();
        for name in names {
            let mut lineage = vec![name];
            let mut at = 0;
            while at < lineage.len() {
                if let Some(model) = self.types.get(&lineage[at]) {
                    for &base in &model.bases {
                        let base = self.canonical(base);
                        if !lineage.contains(&base) {
                            lineage.push(base);
                        }
                    }
                }
                at += 1;
            }
            self.lineages.insert(name, lineage);
        }
        let called = |name: &Symbol| Some((Symbol::new(name.as_str().strip_suffix("()")?), *name));
        self.results = self.sources.keys().filter_map(called).collect();
        self.choose_words();
    }

    /// What a call of a function gives, if that is a source; with its name.
    pub fn result(&self, function: Symbol) -> Option<(Symbol, &Source)> {
        let name = self.results.get(&function)?;
        Some((*name, self.sources.get(name)?))
    }

    /// What a body must mention to be where data comes in. Attributes of a type don't count: who has an
    /// instance got it as an entry point, by an annotation, or from an entity that counts itself.
    fn choose_words(&mut self) {
        let mut types: FxHashSet<Symbol> = FxHashSet::default();
        for name in std::mem::take(&mut self.source_names) {
            let text = name.as_str();
            let owner = text.trim_end_matches("()").rsplit_once('.').map(|(owner, _)| Symbol::new(owner));
            // What everybody shares is described as a type, too: `flask.request` is no class, and anybody has it.
            let typed = owner.is_some_and(|owner| {
                self.types.contains_key(&owner)
                    && !last(owner.as_str()).as_str().starts_with(|one: char| one.is_ascii_lowercase())
            });
            if let (true, Some(owner)) = (typed, owner) {
                types.insert(owner);
            }
            if !typed || text.ends_with("()") {
                add_word(&mut self.source_words, text);
            }
            // What everybody shares may be handed on as a whole, to a helper that takes the data out of it.
            if let Some(owner) = owner
                && !typed
                && self.types.contains_key(&owner)
            {
                add_word(&mut self.shared_words, owner.as_str());
            }
        }
        let bases = types.clone();
        for (name, lineage) in &self.lineages {
            if lineage.iter().any(|base| bases.contains(base)) {
                types.insert(*name);
            }
        }
        for name in &types {
            self.source_type_words.insert(last(name.as_str()));
        }
        for (owner, model) in &self.types {
            let module = last(owner.as_str()).as_str().starts_with(|one: char| one.is_ascii_lowercase());
            for (attribute, kind) in &model.attributes {
                if module && types.contains(&self.canonical(*kind)) {
                    add_word(&mut self.source_words, &format!("{owner}.{attribute}"));
                }
            }
        }
    }

    /// The form by which a platform knows a function that it calls.
    pub fn signature(&self, body: &Body, parent: Option<&Body>) -> Option<&Signature> {
        self.signatures.iter().find(|one| one.source.active && one.fits(body, parent))
    }

    /// The name that models use for an entity: aliases are followed for the longest prefix that has one.
    pub fn canonical(&self, name: Symbol) -> Symbol {
        let mut name = name;
        // An alias can lead to another; eight links are more than any package has.
        'links: for _ in 0..8 {
            if let Some(&other) = self.aliases.get(name.as_str()) {
                name = other;
                continue;
            }
            let text = name.as_str();
            for (index, _) in text.rmatch_indices('.') {
                if let Some(&other) = self.aliases.get(&text[..index]) {
                    name = Symbol::new(&format!("{other}{}", &text[index..]));
                    continue 'links;
                }
            }
            break;
        }
        name
    }

    /// A type and its bases, nearest first.
    pub fn lineage(&self, name: Symbol) -> &[Symbol] {
        self.lineages.get(&name).map_or(&[], Vec::as_slice)
    }

    pub fn is_subtype(&self, name: Symbol, base: Symbol) -> bool {
        name == base || self.lineage(name).contains(&base)
    }
}

fn last(name: &str) -> Symbol {
    Symbol::new(name.rsplit('.').next().unwrap_or_default())
}

fn normalize(package: &str) -> String {
    package.to_ascii_lowercase().replace(['_', '.'], "-")
}

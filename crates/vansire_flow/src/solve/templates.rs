//! Templates: what code hands to them, and where they print it.
//!
//! A template is walked over like a program of its own: its names are the context of the call that renders it,
//! its expressions are values of the engine, and each output is a sink that stands at its own line.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Hit, Solver};
use crate::domain::{Constant, Key, Label, Labels, Object, ObjectId, ObjectKind, Part, Ref, Text, Value};
use crate::markup::{
    self, Binding, Engine, Escaping, Expression, Node, Output, OutputPart, Place, TemplateFacts, escapes_by_name,
};
use crate::text::{KindSet, SinkKind};

/// Inclusions, macros and blocks nest at most this deep; what is deeper prints nothing.
const MAXIMUM_NESTING: u32 = 24;
/// At most this many nodes are walked for one rendering.
const MAXIMUM_NODES: u32 = 6000;
/// Of the text in front of an output at most this much is kept, where no script or comment is open.
const MAXIMUM_PREFIX: usize = 2000;

/// What a project gives to all its templates, and its own filters: kept as attributes of entities
/// that no program can name.
pub(super) const CONTEXT: &str = "<context of templates>";
pub(super) const FILTERS: &str = "<filters of templates>";

/// A template that was parsed, with its blocks and macros at hand.
pub(super) struct Parsed {
    facts: TemplateFacts,
    blocks: Vec<(String, Rc<[Node]>)>,
    macros: Vec<(String, Rc<Macro>)>,
}

struct Macro {
    template: Option<u32>,
    parameters: Vec<Binding>,
    body: Vec<Node>,
}

impl Parsed {
    fn new(facts: TemplateFacts, template: Option<u32>) -> Self {
        let mut blocks = Vec::new();
        let mut macros = Vec::new();
        gather(&facts.nodes, template, &mut blocks, &mut macros);
        Self { facts, blocks, macros }
    }
}

fn gather(
    nodes: &[Node],
    template: Option<u32>,
    blocks: &mut Vec<(String, Rc<[Node]>)>,
    macros: &mut Vec<(String, Rc<Macro>)>,
) {
    for node in nodes {
        match node {
            Node::Block { name, body } => {
                blocks.push((name.clone(), body.as_slice().into()));
                gather(body, template, blocks, macros);
            }
            Node::Macro { name, parameters, body } => {
                let one = Macro { template, parameters: parameters.clone(), body: body.clone() };
                macros.push((name.clone(), Rc::new(one)));
            }
            Node::With { body, .. } | Node::For { body, .. } | Node::Capture { body, .. } => {
                gather(body, template, blocks, macros);
            }
            Node::If { branches } => {
                for branch in branches {
                    gather(&branch.body, template, blocks, macros);
                }
            }
            _ => {}
        }
    }
}

/// Where a template comes from.
#[derive(Clone)]
enum Source {
    /// A file, by its place among the templates.
    File(u32),
    /// A text in the code.
    Text(Rc<str>),
}

/// How a template is to be rendered.
struct Request {
    source: Source,
    engine: Engine,
    autoescape: Option<bool>,
    /// The names that the engine itself gives: `request`.
    ambient: &'static [(&'static str, &'static str)],
    /// Dangerous outputs are reported; otherwise the text goes on with what it carries.
    reports: bool,
    span: Span,
}

/// Values by name, with what stands for all other names.
#[derive(Default)]
pub(super) struct Names {
    known: Vec<(String, Value)>,
    rest: Value,
}

struct Rendering {
    engine: Engine,
    template: Option<u32>,
    span: Span,
    scope: Vec<(String, Value)>,
    rest: Value,
    ambient: &'static [(&'static str, &'static str)],
    /// What stands in front, with a letter for each thing that isn't known.
    out: String,
    /// The same with its holes, for the text that comes back.
    parts: Vec<Part>,
    /// What the blocks are, the innermost heir first.
    blocks: Vec<(String, Vec<(Option<u32>, Rc<[Node]>)>)>,
    /// The block that is being printed, and how far up its ancestors.
    current: Option<(String, usize)>,
    macros: Vec<(String, Rc<Macro>)>,
    /// The body of a `{% call %}`.
    callers: Vec<Rc<[Node]>>,
    autoescape: Option<bool>,
    reports: bool,
    depth: u32,
    nodes: u32,
    printed: Labels,
}

const FLASK_NAMES: &[(&str, &str)] =
    &[("request", "flask.request"), ("session", "flask.session"), ("g", "flask.g"), ("config", "flask.config")];
const DJANGO_NAMES: &[(&str, &str)] = &[("request", "<django.http.HttpRequest>")];

fn is_markup_type(name: Symbol) -> bool {
    matches!(name.as_str(), "markupsafe.Markup" | "django.utils.safestring.SafeString")
}

/// The same name without the ending that only says which engine it is for.
fn without_engine(path: &str) -> &str {
    [".j2", ".jinja", ".jinja2", ".mako", ".mak", ".tmpl", ".tpl", ".dj"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .unwrap_or(path)
}

/// Whether browsers show what the template makes as a page.
fn makes_markup(path: &str) -> bool {
    let bare = without_engine(path);
    escapes_by_name(bare) || !bare.rsplit('/').next().unwrap_or(bare).contains('.')
}

impl<'p> Solver<'p> {
    /// Calls that load or render a template; none for all others.
    pub(super) fn template_call(&mut self, frame: &mut Frame<'p>, name: Symbol, site: &CallSite<'_>) -> Option<Value> {
        let (owner, last) = name.as_str().rsplit_once('.')?;
        match last {
            "render_template" | "stream_template" if matches!(owner, "flask" | "quart") => {
                let template = site.arguments.get(0, "template_name_or_list")?;
                let names = self.keyword_names(site.arguments, 1);
                self.render_named(frame, &template, Engine::Jinja, FLASK_NAMES, names, site.span)
            }
            "render_template_string" | "stream_template_string" if matches!(owner, "flask" | "quart") => {
                let source = site.arguments.get(0, "source")?;
                let names = self.keyword_names(site.arguments, 1);
                self.render_text(frame, &source, FLASK_NAMES, names, site.span)
            }
            "render" if owner == "django.shortcuts" => {
                let template = site.arguments.get(1, "template_name")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context, site.span);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)?;
                Some(Value::instance(Symbol::new("django.http.HttpResponse"), Labels::NONE))
            }
            "render_to_string" if owner == "django.template.loader" => {
                let template = site.arguments.get(0, "template_name")?;
                let context = site.arguments.get(1, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context, site.span);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)
            }
            "TemplateResponse" if owner == "django.template.response" || owner == "django.template.response.TemplateResponse" => {
                let template = site.arguments.get(1, "template")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context, site.span);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)?;
                None
            }
            "TemplateResponse" if owner.ends_with("Jinja2Templates") => {
                // The request came to stand in front with version 0.29.
                let first = site.arguments.get(0, "name")?;
                let named = first.as_strings().is_some();
                let template = if named { first } else { site.arguments.get(1, "name")? };
                let context = site.arguments.get(if named { 1 } else { 2 }, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context, site.span);
                self.render_named(frame, &template, Engine::Jinja, &[], names, site.span)?;
                None
            }
            "render_template" | "render_string" if owner == "aiohttp_jinja2" => {
                let template = site.arguments.get(0, "template_name")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context, site.span);
                self.render_named(frame, &template, Engine::Jinja, &[], names, site.span)?;
                None
            }
            "get_template" | "select_template" | "get_or_select_template" | "from_string" | "Template" => {
                self.template_object(frame, owner, last, site)
            }
            "render" | "render_async" | "render_unicode" | "generate" | "generate_async" | "stream" => {
                self.render_object(frame, owner, site)
            }
            _ => None,
        }
    }

    /// `env.get_template(name)`, `Template(text)`: an object that remembers which template it is.
    fn template_object(&mut self, frame: &mut Frame<'p>, owner: &str, last: &str, site: &CallSite<'_>) -> Option<Value> {
        let kind = match (owner, last) {
            ("django.template" | "django.template.loader" | "django.template.Engine", _) => "django.template.Template",
            ("mako.template" | "mako.lookup.TemplateLookup", _) => "mako.template.Template",
            ("jinja2", "Template") => {
                let escaping = site.arguments.keyword("autoescape").is_some_and(|one| one.truth() != Some(false));
                if escaping { "jinja2.EscapingTemplate" } else { "jinja2.PlainTemplate" }
            }
            ("jinja2.PlainEnvironment" | "jinja2.PlainSandbox", _) => "jinja2.PlainTemplate",
            (owner, _) if owner.starts_with("jinja2.") => "jinja2.EscapingTemplate",
            _ => return None,
        };
        let argument = match site.arguments.positional.first() {
            Some(argument) => argument.clone(),
            None => ["name", "source", "template_name", "template_string", "text", "template_code", "uri", "filename"]
                .iter()
                .find_map(|name| site.arguments.keyword(name))?,
        };
        Self::demand_value(frame, &argument);
        let by_name = last != "from_string" && (last != "Template" || site.arguments.positional.is_empty() && site.arguments.keyword("filename").is_some());
        let mut object = Object::new(ObjectKind::External(Symbol::new(kind)));
        object.set_field(Symbol::new(if by_name { "<name>" } else { "<source>" }), argument);
        // Mako escapes by the filters that are applied to everything.
        let mut filters = site.arguments.keyword("default_filters");
        if let Some(receiver) = site.receiver {
            for reference in &receiver.refs {
                if let Ref::Object(id) = reference {
                    let lookup = self.object(frame, *id);
                    filters = filters.or_else(|| lookup.field(Symbol::new("default_filters")).cloned());
                }
            }
        }
        if let Some(filters) = filters {
            object.set_field(Symbol::new("default_filters"), filters);
        }
        Some(Value::object(self.allocate(frame, site.span, 120, object)))
    }

    /// `template.render(…)`
    fn render_object(&mut self, frame: &mut Frame<'p>, owner: &str, site: &CallSite<'_>) -> Option<Value> {
        let (engine, escaping) = match owner {
            "jinja2.PlainTemplate" => (Engine::Jinja, Some(false)),
            "jinja2.Template" | "jinja2.EscapingTemplate" => (Engine::Jinja, None),
            "django.template.Template" => (Engine::Django, None),
            "mako.template.Template" => (Engine::Mako, None),
            _ => return None,
        };
        let receiver = site.receiver?;
        let mut result: Option<Value> = None;
        for reference in &receiver.refs {
            let Ref::Object(id) = reference else { continue };
            let object = self.object(frame, *id);
            let escaping = match &object.kind {
                ObjectKind::External(kind) if kind.as_str() == "jinja2.PlainTemplate" => Some(false),
                ObjectKind::External(kind) if kind.as_str() == "jinja2.EscapingTemplate" => Some(true),
                _ => escaping,
            };
            let mut names = self.keyword_names(site.arguments, 0);
            for argument in &site.arguments.positional {
                let given = self.mapping_names(frame, argument, site.span);
                names.known.extend(given.known);
                names.rest = names.rest.join(&given.rest);
            }
            let ambient = if engine == Engine::Django { DJANGO_NAMES } else { &[] };
            let mut autoescape = escaping;
            if engine == Engine::Mako {
                let filters = object.field(Symbol::new("default_filters")).cloned();
                let filters = filters.and_then(|filters| self.known_elements(frame, &filters)).unwrap_or_default();
                autoescape = Some(filters.iter().any(|one| matches!(one.as_string(), Some("h" | "x"))));
            }
            let rendered = if let Some(name) = object.field(Symbol::new("<name>")) {
                let name = name.clone();
                let mut result: Option<Value> = None;
                for name in self.template_names(frame, &name) {
                    let Some(number) = self.find_template(frame.file, &name) else { continue };
                    let path = &self.input.templates[number as usize].path;
                    // An environment that escapes by name doesn't escape all.
                    let autoescape = match autoescape {
                        Some(true) if !escapes_by_name(path) && engine == Engine::Jinja => None,
                        other => other,
                    };
                    let request = Request {
                        source: Source::File(number),
                        engine,
                        autoescape,
                        ambient,
                        reports: makes_markup(path),
                        span: site.span,
                    };
                    let value = self.render(frame, &request, &names);
                    result = Some(result.map_or(value.clone(), |earlier: Value| earlier.join(&value)));
                }
                result
            } else if let Some(source) = object.field(Symbol::new("<source>")) {
                let source = source.clone();
                let mut result: Option<Value> = None;
                for text in source.as_strings()? {
                    let autoescape = Some(autoescape.unwrap_or(engine == Engine::Django));
                    let request = Request {
                        source: Source::Text(text.into()),
                        engine,
                        autoescape,
                        ambient,
                        reports: engine == Engine::Django,
                        span: site.span,
                    };
                    let value = self.render(frame, &request, &names);
                    result = Some(result.map_or(value.clone(), |earlier: Value| earlier.join(&value)));
                }
                result
            } else {
                None
            };
            result = match (result, rendered) {
                (Some(one), Some(two)) => Some(one.join(&two)),
                (one, two) => one.or(two),
            };
        }
        result
    }

    /// The names that a value can be, or the elements of a list of names.
    fn template_names(&mut self, frame: &mut Frame<'p>, value: &Value) -> Vec<String> {
        Self::demand_value(frame, value);
        if let Some(names) = value.as_strings() {
            return names.into_iter().map(str::to_owned).collect();
        }
        let elements = self.known_elements(frame, value).unwrap_or_default();
        elements.iter().filter_map(|one| one.as_string().map(str::to_owned)).collect()
    }

    /// Renders a template by its name; none when there is no such file.
    pub(super) fn render_named(
        &mut self,
        frame: &mut Frame<'p>,
        template: &Value,
        engine: Engine,
        ambient: &'static [(&'static str, &'static str)],
        names: Names,
        span: Span,
    ) -> Option<Value> {
        let mut result: Option<Value> = None;
        for name in self.template_names(frame, template) {
            let Some(number) = self.find_template(frame.file, &name) else { continue };
            let path = &self.input.templates[number as usize].path;
            let reports = makes_markup(path);
            let request = Request { source: Source::File(number), engine, autoescape: None, ambient, reports, span };
            let value = self.render(frame, &request, &names);
            result = Some(result.map_or(value.clone(), |earlier: Value| earlier.join(&value)));
        }
        result
    }

    /// The template of a class-based view, with the context that it makes.
    pub(super) fn render_view(&mut self, frame: &mut Frame<'p>, template: &Value, context: &Value, span: Span) {
        let names = self.mapping_names(frame, context, span);
        self.render_named(frame, template, Engine::Django, DJANGO_NAMES, names, span);
    }

    fn render_text(
        &mut self,
        frame: &mut Frame<'p>,
        source: &Value,
        ambient: &'static [(&'static str, &'static str)],
        names: Names,
        span: Span,
    ) -> Option<Value> {
        Self::demand_value(frame, source);
        let mut result: Option<Value> = None;
        // Of a text with holes the known parts are a template, too.
        for text in &source.texts {
            let known: String = text
                .parts()
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => text,
                    Part::Hole { .. } => "",
                })
                .collect();
            let request = Request {
                source: Source::Text(known.into()),
                engine: Engine::Jinja,
                autoescape: Some(true),
                ambient,
                reports: true,
                span,
            };
            let value = self.render(frame, &request, &names);
            result = Some(result.map_or(value.clone(), |earlier: Value| earlier.join(&value)));
        }
        result
    }

    // ---- contexts

    fn keyword_names(&mut self, arguments: &Arguments, positional: usize) -> Names {
        let mut names = Names::default();
        for (name, value) in &arguments.keywords {
            names.known.push((name.to_string(), value.clone()));
        }
        if let Some(rest) = &arguments.keyword_rest {
            names.rest = rest.clone();
        }
        // What stands there by position isn't known to be anything else than a mapping.
        if arguments.positional.len() > positional && positional > 0 {
            for value in &arguments.positional[positional..] {
                names.rest = names.rest.join(value);
            }
        }
        names
    }

    fn mapping_names(&mut self, frame: &mut Frame<'p>, mapping: &Value, span: Span) -> Names {
        let mut names = Names::default();
        if mapping.is_undefined() || matches!(mapping.as_constant(), Some(Constant::None)) {
            return names;
        }
        Self::demand_value(frame, mapping);
        // `Context({…})` and `RequestContext(request, {…})` hold a mapping.
        match self.known_entries(frame, mapping) {
            Some((entries, exact)) => {
                for (key, value) in entries {
                    if let Key::Text(name) = key {
                        names.known.push((name.to_string(), value));
                    }
                }
                if !exact {
                    for reference in &mapping.refs {
                        if let Ref::Object(id) = reference {
                            let rest = self.object(frame, *id).rest.clone();
                            names.rest = names.rest.join(&rest);
                        }
                    }
                }
            }
            None => names.rest = self.values_of(frame, mapping, span),
        }
        names
    }

    // ---- files

    /// The file that a name means: the nearest to the code, in a folder of templates before all others.
    fn find_template(&self, file: u32, name: &str) -> Option<u32> {
        let name = name.trim_start_matches("./").trim_start_matches('/');
        if name.is_empty() {
            return None;
        }
        let code = self.input.program.file(vansire_python::FileId(file)).source.path.as_str();
        let common = |path: &str| {
            path.split('/').zip(code.split('/')).take_while(|(one, two)| one == two).count()
        };
        let mut best: Option<(bool, usize, std::cmp::Reverse<usize>, u32)> = None;
        for (number, template) in self.input.templates.iter().enumerate() {
            let Some(head) = template.path.strip_suffix(name) else { continue };
            if !(head.is_empty() || head.ends_with('/')) {
                continue;
            }
            let folder = head.trim_end_matches('/').rsplit('/').next() == Some("templates");
            let rank = (folder, common(&template.path), std::cmp::Reverse(template.path.len()), number as u32);
            if best.is_none_or(|best| (rank.0, rank.1, rank.2) > (best.0, best.1, best.2)) {
                best = Some(rank);
            }
        }
        best.map(|(_, _, _, number)| number)
    }

    fn parsed(&mut self, source: &Source, engine: Engine, autoescape: Option<bool>) -> Rc<Parsed> {
        match source {
            Source::File(number) => {
                if let Some(parsed) = self.parsed_templates.get(&(*number, engine, autoescape)) {
                    return parsed.clone();
                }
                let input = self.input;
                let template = &input.templates[*number as usize];
                let facts = match autoescape {
                    Some(autoescape) => markup::parse_with(&template.text, engine, autoescape),
                    None => markup::parse(&template.path, &template.text, engine),
                };
                let parsed = Rc::new(Parsed::new(facts, Some(*number)));
                self.parsed_templates.insert((*number, engine, autoescape), parsed.clone());
                parsed
            }
            Source::Text(text) => {
                let facts = markup::parse_with(text, engine, autoescape.unwrap_or(true));
                Rc::new(Parsed::new(facts, None))
            }
        }
    }

    // ---- rendering

    fn render(&mut self, frame: &mut Frame<'p>, request: &Request, names: &Names) -> Value {
        self.count("templates rendered");
        let mut rendering = Rendering {
            engine: request.engine,
            template: match request.source {
                Source::File(number) => Some(number),
                Source::Text(_) => None,
            },
            span: request.span,
            scope: names.known.clone(),
            rest: names.rest.clone(),
            ambient: request.ambient,
            out: String::new(),
            parts: Vec::new(),
            blocks: Vec::new(),
            current: None,
            macros: Vec::new(),
            callers: Vec::new(),
            autoescape: request.autoescape,
            reports: request.reports,
            depth: 0,
            nodes: 0,
            printed: Labels::NONE,
        };
        let parsed = self.parsed(&request.source, request.engine, request.autoescape);
        self.whole(frame, &mut rendering, &parsed);
        let result = if request.reports {
            // Its own outputs were looked at; for all other purposes it carries what was printed.
            let harmless = KindSet::EMPTY.with(SinkKind::Html);
            let labels = rendering.printed.clear(harmless).inexact();
            Value::opaque(labels)
        } else {
            Value::text(Text::from_parts(std::mem::take(&mut rendering.parts)))
        };
        if request.engine == Engine::Django {
            return result.edit(|data| data.refs.push(Ref::Instance(Symbol::new("django.utils.safestring.SafeString"))));
        }
        result
    }

    /// A template with all that it inherits.
    fn whole(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, parsed: &Rc<Parsed>) {
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        rendering.depth += 1;
        let mut parsed = parsed.clone();
        for _ in 0..MAXIMUM_NESTING {
            for (name, body) in &parsed.blocks {
                let entry = (rendering.template, body.clone());
                match rendering.blocks.iter_mut().find(|(own, _)| own == name) {
                    Some((_, bodies)) => bodies.push(entry),
                    None => rendering.blocks.push((name.clone(), vec![entry])),
                }
            }
            rendering.macros.extend(parsed.macros.iter().cloned());
            let parent = parsed.facts.nodes.iter().find_map(|node| match node {
                Node::Extends { names, .. } => Some(names),
                _ => None,
            });
            let Some(names) = parent else { break };
            // Of an heir only assignments are of effect outside its blocks.
            for node in &parsed.facts.nodes {
                if matches!(node, Node::Set { .. } | Node::Import { .. }) {
                    self.node(frame, rendering, node);
                }
            }
            let Some(number) = names.iter().find_map(|name| self.find_template(frame.file, name)) else {
                // A parent that isn't here shows all blocks.
                let blocks: Vec<Node> = parsed
                    .facts
                    .nodes
                    .iter()
                    .filter(|node| matches!(node, Node::Block { .. }))
                    .cloned()
                    .collect();
                self.nodes(frame, rendering, &blocks);
                rendering.depth -= 1;
                return;
            };
            rendering.template = Some(number);
            parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
        }
        self.nodes(frame, rendering, &parsed.facts.nodes);
        rendering.depth -= 1;
    }

    fn nodes(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, nodes: &[Node]) {
        for node in nodes {
            if rendering.nodes >= MAXIMUM_NODES || !frame.state.alive {
                return;
            }
            rendering.nodes += 1;
            self.node(frame, rendering, node);
        }
    }

    /// Nodes in a scope of their own.
    fn inner(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, nodes: &[Node]) {
        let mark = rendering.scope.len();
        self.nodes(frame, rendering, nodes);
        rendering.scope.truncate(mark);
    }

    fn node(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, node: &Node) {
        match node {
            Node::Text(text) => rendering.literal(text),
            Node::Output(output) => self.output(frame, rendering, output),
            Node::For { targets, iterable, body, otherwise } => {
                let iterable = self.template_value(frame, rendering, iterable);
                let empty = self.known_elements(frame, &iterable).is_some_and(|elements| elements.is_empty());
                if !empty {
                    let element = self.element(frame, &iterable, rendering.span);
                    let mark = rendering.scope.len();
                    rendering.scope.push(("loop".to_owned(), Value::unknown()));
                    rendering.scope.push(("forloop".to_owned(), Value::unknown()));
                    self.bind_targets(frame, rendering, targets, &element);
                    self.nodes(frame, rendering, body);
                    rendering.scope.truncate(mark);
                }
                self.inner(frame, rendering, otherwise);
            }
            Node::If { branches } => self.branches(frame, rendering, branches),
            Node::Set { targets, value } => {
                let value = self.template_value(frame, rendering, value);
                self.bind_targets(frame, rendering, targets, &value);
            }
            Node::Capture { name, body } => {
                let value = self.captured(frame, rendering, body);
                rendering.scope.push((name.clone(), value));
            }
            Node::With { bindings, body } => {
                let mark = rendering.scope.len();
                self.bind_names(frame, rendering, bindings);
                self.nodes(frame, rendering, body);
                rendering.scope.truncate(mark);
            }
            Node::Block { name, body } => self.block_of(frame, rendering, name, body),
            Node::Include { names, bindings, only, .. } => {
                self.include(frame, rendering, names, bindings, *only);
            }
            Node::Import { template, alias, names } => {
                let Some(number) = template.as_ref().and_then(|name| self.find_template(frame.file, name)) else { return };
                let parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
                for (name, one) in &parsed.macros {
                    if let Some(alias) = alias {
                        rendering.macros.push((format!("{alias}.{name}"), one.clone()));
                    }
                    if let Some((_, here)) = names.iter().find(|(there, _)| there == name) {
                        rendering.macros.push((here.clone(), one.clone()));
                    }
                }
            }
            Node::CallBlock { call, body, .. } => {
                rendering.callers.push(body.as_slice().into());
                self.output(frame, rendering, call);
                rendering.callers.pop();
            }
            Node::Extends { .. } | Node::Macro { .. } | Node::Other { .. } => {}
        }
    }

    fn branches(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, branches: &[markup::Branch]) {
        let before = rendering.out.clone();
        let mut after: Option<String> = None;
        for branch in branches {
            let truth = match &branch.test {
                // A test of a value that is known decides; comparisons aren't followed.
                Some(Expression::Name(name)) => rendering.lookup(name).and_then(|value| value.truth()),
                Some(_) => None,
                None => Some(true),
            };
            if truth == Some(false) {
                continue;
            }
            rendering.out.clone_from(&before);
            self.inner(frame, rendering, &branch.body);
            after.get_or_insert_with(|| rendering.out.clone());
            if truth == Some(true) {
                break;
            }
        }
        rendering.out = after.unwrap_or(before);
    }

    fn bind_targets(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, targets: &[String], value: &Value) {
        if let [target] = targets {
            // `{% set ns.name = … %}` sets an attribute of a namespace.
            rendering.scope.push((target.clone(), value.clone()));
            return;
        }
        for (at, target) in targets.iter().enumerate() {
            let element = self.subscript(frame, value, &Value::integer(at as i64), rendering.span);
            rendering.scope.push((target.clone(), element));
        }
    }

    fn bind_names(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, bindings: &[Binding]) {
        for binding in bindings {
            let value = match &binding.value {
                Some(value) => self.template_value(frame, rendering, value),
                None => Value::unknown(),
            };
            rendering.scope.push((binding.name.clone(), value));
        }
    }

    /// What is printed inside, as a value that was looked at.
    fn captured(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, body: &[Node]) -> Value {
        let out = std::mem::take(&mut rendering.out);
        let parts = std::mem::take(&mut rendering.parts);
        self.inner(frame, rendering, body);
        rendering.out = out;
        let inside = std::mem::replace(&mut rendering.parts, parts);
        let text = Text::from_parts(inside);
        let mut value = Value::text(text);
        if rendering.reports {
            value = value.map_labels(|labels| labels.clear(KindSet::EMPTY.with(SinkKind::Html)));
        }
        value.edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))))
    }

    fn block_of(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, name: &str, body: &[Node]) {
        let found = rendering.blocks.iter().find(|(own, _)| own == name).and_then(|(_, bodies)| bodies.first().cloned());
        match found {
            Some((template, nodes)) => {
                self.block_body(frame, rendering, (name.to_owned(), 0), template, &nodes);
            }
            None => self.inner(frame, rendering, body),
        }
    }

    fn block_body(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        current: (String, usize),
        template: Option<u32>,
        nodes: &[Node],
    ) {
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        rendering.depth += 1;
        let outer = rendering.current.replace(current);
        let outer_template = std::mem::replace(&mut rendering.template, template);
        self.inner(frame, rendering, nodes);
        rendering.template = outer_template;
        rendering.current = outer;
        rendering.depth -= 1;
    }

    fn include(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        names: &[String],
        bindings: &[Binding],
        only: bool,
    ) {
        let Some(number) = names.iter().find_map(|name| self.find_template(frame.file, name)) else { return };
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        let mark = rendering.scope.len();
        self.bind_names(frame, rendering, bindings);
        let outer_scope = if only {
            let own = rendering.scope.split_off(mark);
            Some(std::mem::replace(&mut rendering.scope, own))
        } else {
            None
        };
        let blocks = std::mem::take(&mut rendering.blocks);
        let macros = rendering.macros.len();
        let template = std::mem::replace(&mut rendering.template, Some(number));
        let parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
        self.whole(frame, rendering, &parsed);
        rendering.template = template;
        rendering.blocks = blocks;
        rendering.macros.truncate(macros);
        match outer_scope {
            Some(scope) => rendering.scope = scope,
            None => rendering.scope.truncate(mark),
        }
    }

    // ---- outputs

    fn output(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, output: &Output) {
        let engine = rendering.engine;
        let parts = output.parts(engine);
        if parts.is_empty() {
            match &output.expression {
                Expression::Text(text) => rendering.literal(text),
                _ => rendering.hole(Labels::NONE),
            }
        }
        for part in &parts {
            if self.structural(frame, rendering, part.value).is_some() {
                continue;
            }
            let value = self.template_value(frame, rendering, part.value);
            self.print(frame, rendering, &value, part, output.place);
        }
    }

    /// Calls that print something of the template itself: `super()`, `caller()`, macros, blocks.
    fn structural(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, expression: &Expression) -> Option<()> {
        let (function, arguments): (&Expression, &[markup::Argument]) = match expression {
            Expression::Call { function, arguments } => (function, arguments),
            // Django's `{{ block.super }}`.
            Expression::Attribute { name, .. } if name == "super" && rendering.current.is_some() => (expression, &[]),
            _ => return None,
        };
        let name = dotted(function)?;
        match name.as_str() {
            "super" | "block.super" => {
                let (block, level) = rendering.current.clone()?;
                let (template, nodes) = rendering
                    .blocks
                    .iter()
                    .find(|(own, _)| *own == block)
                    .and_then(|(_, bodies)| bodies.get(level + 1).cloned())?;
                self.block_body(frame, rendering, (block, level + 1), template, &nodes);
                return Some(());
            }
            "caller" => {
                let nodes = rendering.callers.last()?.clone();
                self.inner(frame, rendering, &nodes);
                return Some(());
            }
            _ => {}
        }
        if let Some(block) = name.strip_prefix("self.") {
            let (template, nodes) = rendering
                .blocks
                .iter()
                .find(|(own, _)| own == block)
                .and_then(|(_, bodies)| bodies.first().cloned())?;
            self.block_body(frame, rendering, (block.to_owned(), 0), template, &nodes);
            return Some(());
        }
        let one = rendering.macros.iter().rev().find(|(own, _)| *own == name).map(|(_, one)| one.clone())?;
        if rendering.depth >= MAXIMUM_NESTING {
            return Some(());
        }
        let mut given = Vec::new();
        for argument in arguments {
            let value = self.template_value(frame, rendering, &argument.value);
            given.push((argument.name.clone(), value));
        }
        let mark = rendering.scope.len();
        for (at, parameter) in one.parameters.iter().enumerate() {
            let value = given
                .iter()
                .find(|(name, _)| name.as_deref() == Some(parameter.name.as_str()))
                .or_else(|| given.iter().filter(|(name, _)| name.is_none()).nth(at))
                .map(|(_, value)| value.clone());
            let value = match (value, &parameter.value) {
                (Some(value), _) => value,
                (None, Some(default)) => self.template_value(frame, rendering, default),
                (None, None) => Value::unknown(),
            };
            rendering.scope.push((parameter.name.clone(), value));
        }
        rendering.depth += 1;
        let template = std::mem::replace(&mut rendering.template, one.template);
        self.nodes(frame, rendering, &one.body);
        rendering.template = template;
        rendering.depth -= 1;
        rendering.scope.truncate(mark);
        Some(())
    }

    fn print(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        value: &Value,
        part: &OutputPart<'_>,
        place: Place,
    ) {
        // Which type it has decides whether it is escaped.
        if value.has_labels() {
            Self::demand_value(frame, value);
        }
        let mut value = self.through_filters(frame, rendering, value, &part.filters);
        let mut escapes = part.escaping == Escaping::Html;
        if let Some(method) = self.special_method(frame, &value, "__html__") {
            let before = frame.state.clone();
            let result = self.call(frame, &method, &Arguments::default(), rendering.span);
            if !frame.state.alive {
                frame.state = before;
            }
            value = result;
            escapes = false;
        }
        if value.refs.iter().any(|one| matches!(one, Ref::Instance(name) if is_markup_type(*name))) {
            escapes = false;
        }
        let value = self.text_value(frame, &value);
        let labels_inside = if value.refs.is_empty() { Labels::NONE } else { self.deep_labels(frame, &value) };
        let value = if value.has_labels() || labels_inside.is_empty() { value } else { Value::opaque(labels_inside) };
        let change = |labels: &Labels| -> Labels {
            labels
                .map(|label| {
                    let (chars, adds) = if escapes {
                        (part.chars_after(label.chars), part.chars_after(label.adds))
                    } else {
                        (label.chars & part.chars, label.adds & part.chars)
                    };
                    let exact = label.exact && chars == label.chars;
                    Label { chars, adds, exact, ..*label }
                })
                .clear(part.cleared())
        };
        if !value.has_labels() {
            match value.as_string() {
                Some(text) => rendering.literal(&escaped(text, escapes)),
                None => rendering.hole(Labels::NONE),
            }
            return;
        }
        let texts: Vec<Text> = value
            .as_texts()
            .iter()
            .map(|text| {
                Text::from_parts(
                    text.parts()
                        .iter()
                        .map(|one| match one {
                            Part::Literal(text) => Part::Literal(escaped(text, escapes).into()),
                            Part::Hole { labels, identity } => Part::Hole { labels: change(labels), identity: *identity },
                        })
                        .collect(),
                )
            })
            .collect();
        let labels = texts.iter().fold(Labels::NONE, |all, text| all.union(&text.labels()));
        rendering.printed = rendering.printed.union(&labels);
        if rendering.reports {
            let prefix = Text::literal(context_of(&rendering.out));
            let value = Value::texts(texts.iter().map(|text| prefix.concat(text)));
            let name = match rendering.template {
                Some(number) => self.input.templates[number as usize].path.as_str(),
                None => "the template",
            };
            let hit = Hit {
                file: frame.file,
                span: rendering.span,
                scope: frame.ir.qualified_name,
                sink: Symbol::new(name),
                kind: SinkKind::Html,
                value,
                template: rendering.template.map(|number| (number, place.line, place.column)),
            };
            self.report_hit(frame, hit);
        }
        if let [text] = texts.as_slice() {
            rendering.parts.extend(text.parts().iter().cloned());
            rendering.out.push('x');
        } else {
            rendering.hole(labels);
        }
    }

    /// The project's own filters.
    fn through_filters(&mut self, frame: &mut Frame<'p>, rendering: &Rendering, value: &Value, filters: &[&str]) -> Value {
        let mut value = value.clone();
        for filter in filters {
            let known = self.object(frame, ObjectId::External(Symbol::new(FILTERS)));
            let Some(function) = known.field(Symbol::new(filter)).cloned() else { continue };
            let before = frame.state.clone();
            let result = self.call(frame, &function, &Arguments::of(vec![value.clone()]), rendering.span);
            if frame.state.alive {
                value = result;
            } else {
                frame.state = before;
            }
        }
        value
    }

    // ---- values

    fn template_value(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, expression: &Expression) -> Value {
        if rendering.depth >= MAXIMUM_NESTING {
            return Value::unknown();
        }
        rendering.depth += 1;
        let value = self.template_value_within(frame, rendering, expression);
        rendering.depth -= 1;
        self.read(frame, &value)
    }

    fn template_value_within(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        expression: &Expression,
    ) -> Value {
        let span = rendering.span;
        match expression {
            Expression::Name(name) => match rendering.lookup(name) {
                Some(value) => self.auto_called(frame, rendering, value),
                None => {
                    let shared = self.object(frame, ObjectId::External(Symbol::new(CONTEXT)));
                    if let Some(value) = shared.field(Symbol::new(name)) {
                        return value.clone();
                    }
                    match rendering.ambient.iter().find(|(own, _)| own == name) {
                        Some((_, entity)) => match entity.strip_prefix('<') {
                            Some(kind) => {
                                let kind = Symbol::new(kind.trim_end_matches('>'));
                                let identity = crate::domain::Identity::Entity(kind);
                                Value::instance(kind, Labels::NONE).with_identity(Some(identity))
                            }
                            None => Value::external(Symbol::new(entity)),
                        },
                        None if rendering.rest.is_undefined() => Value::unknown(),
                        None => rendering.rest.clone(),
                    }
                }
            },
            Expression::Text(text) => Value::string(text),
            Expression::Number(text) => text.parse().map_or_else(|_| Value::unknown(), Value::integer),
            Expression::Constant => Value::unknown(),
            Expression::Test(_) => Value::either(),
            Expression::Attribute { value, name } => {
                let base = self.template_value(frame, rendering, value);
                let value = self.template_attribute(frame, &base, name, span);
                self.auto_called(frame, rendering, value)
            }
            Expression::Item { value, key } => {
                let base = self.template_value(frame, rendering, value);
                let key = self.template_value(frame, rendering, key);
                self.subscript(frame, &base, &key, span)
            }
            Expression::Filter { value, name, arguments } => {
                let mut result = self.template_value(frame, rendering, value);
                match name.as_str() {
                    "int" | "float" | "length" | "count" | "round" | "abs" | "wordcount" => return Value::unknown(),
                    "safe" | "safeseq" => {
                        return result.edit(|data| {
                            if !data.refs.iter().any(|one| matches!(one, Ref::Instance(name) if is_markup_type(*name))) {
                                data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup")));
                            }
                        });
                    }
                    "e" | "escape" | "forceescape" | "force_escape" => {
                        let operation = crate::model::TextOperation::EscapeHtml;
                        let result = self.text_operation(frame, &operation, &result, span);
                        return result.edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))));
                    }
                    "first" | "last" | "random" | "max" | "min" => return self.element(frame, &result, span),
                    "items" | "dictsort" => {
                        let keys = self.keys_of(frame, &result, span);
                        let values = self.values_of(frame, &result, span);
                        return self.loose_list(frame, Value::tuple(vec![keys, values]), span, 121);
                    }
                    _ => {}
                }
                for argument in arguments {
                    if matches!(name.as_str(), "default" | "d" | "default_if_none" | "replace" | "join" | "format" | "add") {
                        let value = self.template_value(frame, rendering, &argument.value);
                        result = result.join(&value);
                    }
                }
                self.through_filters(frame, rendering, &result, &[name.as_str()])
            }
            Expression::Call { function, arguments } => self.template_call_value(frame, rendering, function, arguments),
            Expression::Concat(operands) => {
                let mut result = Value::string("");
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    let value = self.text_value(frame, &value);
                    result = self.concatenate(frame, &result, &value);
                }
                result
            }
            Expression::Operation { operands, .. } | Expression::Mixed(operands) => {
                let mut labels = Labels::NONE;
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    labels = labels.union(&self.deep_labels(frame, &value));
                }
                Value::opaque(labels.inexact())
            }
            Expression::Conditional { yes, no, .. } => {
                let mut result = self.template_value(frame, rendering, yes);
                if let Some(no) = no {
                    let value = self.template_value(frame, rendering, no);
                    result = result.join(&value);
                }
                result
            }
            Expression::Choice(operands) => {
                let mut result = Value::undefined();
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    result = result.join(&value);
                }
                result
            }
            Expression::List(elements) => {
                let elements = elements.iter().map(|one| self.template_value(frame, rendering, one)).collect();
                Value::tuple(elements)
            }
            Expression::Dict(items) => {
                let mut result = Value::undefined();
                for (_, value) in items {
                    let value = self.template_value(frame, rendering, value);
                    result = result.join(&value);
                }
                self.loose_list(frame, result, span, 122)
            }
        }
    }

    /// `base.name`: an attribute, else an item.
    fn template_attribute(&mut self, frame: &mut Frame<'p>, base: &Value, name: &str, span: Span) -> Value {
        let key = Value::string(name);
        let symbol = Symbol::new(name);
        let mut result = Value::undefined();
        let mut rest = base.clone();
        let mut mappings = Vec::new();
        for reference in &base.refs {
            if let Ref::Object(id) = reference {
                match self.kind(frame, *id) {
                    ObjectKind::Dictionary => mappings.push((*id, true)),
                    // It may be either.
                    ObjectKind::Unknown => mappings.push((*id, false)),
                    _ => {}
                }
            }
        }
        if !mappings.is_empty() {
            Self::demand_value(frame, base);
            for (id, _) in &mappings {
                let value = self.subscript(frame, &Value::object(*id), &key, span);
                result = result.join(&value);
            }
            let is_method = matches!(name, "items" | "keys" | "values" | "get");
            rest = base.edit(|data| {
                data.refs.retain(|one| {
                    !matches!(one, Ref::Object(own) if mappings.iter().any(|(id, only)| id == own && *only))
                        || is_method
                });
            });
        }
        if rest.refs.is_empty() && rest.texts.is_empty() && rest.constants.is_empty() && !rest.other {
            return if result.is_undefined() { Value::unknown() } else { result };
        }
        let value = self.attribute(frame, &rest, symbol, span);
        result.join(&value)
    }

    /// Django calls what can be called.
    fn auto_called(&mut self, frame: &mut Frame<'p>, rendering: &Rendering, value: Value) -> Value {
        if rendering.engine != Engine::Django
            || !value.refs.iter().any(|one| matches!(one, Ref::Bound(_) | Ref::Function(..)))
        {
            return value;
        }
        let before = frame.state.clone();
        let result = self.call(frame, &value, &Arguments::default(), rendering.span);
        if frame.state.alive {
            result
        } else {
            frame.state = before;
            Value::unknown()
        }
    }

    fn template_call_value(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        function: &Expression,
        arguments: &[markup::Argument],
    ) -> Value {
        let span = rendering.span;
        let mut given = Arguments::default();
        for argument in arguments {
            let value = self.template_value(frame, rendering, &argument.value);
            match &argument.name {
                Some(name) => given.keywords.push((Symbol::new(name), value)),
                None => given.positional.push(value),
            }
        }
        let before = frame.state.clone();
        let result = match function {
            Expression::Attribute { value, name } => {
                let base = self.template_value(frame, rendering, value);
                self.call_method(frame, &base, Symbol::new(name), &given, span, span)
            }
            Expression::Name(name) if rendering.lookup(name).is_none() => match name.as_str() {
                "Markup" => {
                    let value = given.positional.first().cloned().unwrap_or_default();
                    value.edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))))
                }
                "_" | "gettext" | "ngettext" => {
                    given.all().fold(Value::undefined(), |all, value| all.join(value))
                }
                "url_for" | "range" | "len" | "get_flashed_messages" | "csrf_token" | "lipsum" | "cycler" => {
                    Value::unknown()
                }
                _ => {
                    let shared = self.object(frame, ObjectId::External(Symbol::new(CONTEXT)));
                    match shared.field(Symbol::new(name)).cloned() {
                        Some(function) => self.call(frame, &function, &given, span),
                        None => self.opaque_call(frame, &Value::undefined(), &given, span),
                    }
                }
            },
            other => {
                let function = self.template_value(frame, rendering, other);
                self.call(frame, &function, &given, span)
            }
        };
        if frame.state.alive {
            result
        } else {
            frame.state = before;
            Value::unknown()
        }
    }
}

impl Rendering {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.scope.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    fn literal(&mut self, text: &str) {
        self.out.push_str(text);
        self.parts.push(Part::Literal(text.into()));
    }

    fn hole(&mut self, labels: Labels) {
        self.out.push('x');
        self.parts.push(Part::Hole { labels, identity: None });
    }
}

/// `forms.field`, for an expression that is nothing but names.
fn dotted(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Name(name) => Some(name.clone()),
        Expression::Attribute { value, name } => Some(format!("{}.{name}", dotted(value)?)),
        _ => None,
    }
}

fn escaped(text: &str, escapes: bool) -> String {
    if !escapes {
        return text.to_owned();
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;").replace('\'', "&#39;")
}

/// As much of the text in front as decides where in the page something stands: from the tag, the
/// comment or the script that isn't closed.
fn context_of(text: &str) -> &str {
    let mut start = None;
    for (open, close) in [
        ("<script", "</script"),
        ("<style", "</style"),
        ("<textarea", "</textarea"),
        ("<title", "</title"),
        ("<!--", "-->"),
    ] {
        if let Some(at) = text.rfind(open)
            && !text[at..].contains(close)
            && start.is_none_or(|start| at < start)
        {
            start = Some(at);
        }
    }
    let at = start.or_else(|| text.rfind('<')).unwrap_or(text.len());
    let tail = &text[at..];
    if tail.len() <= MAXIMUM_PREFIX {
        return tail;
    }
    // A long script: its beginning tells what it is, its end where in it we are; the end is kept.
    let cut = tail.floor_char_boundary(tail.len() - MAXIMUM_PREFIX);
    match start {
        Some(_) => tail,
        None => &tail[cut..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts() {
        assert_eq!(context_of("<p>text</p> and "), "</p> and ");
        assert_eq!(context_of("<p><a href=\""), "<a href=\"");
        assert_eq!(context_of("<p><script>if (a < b) { x = \""), "<script>if (a < b) { x = \"");
        assert_eq!(context_of("<script>1</script><b>"), "<b>");
        assert_eq!(context_of("plain"), "");
    }

    #[test]
    fn pages() {
        assert!(makes_markup("templates/a.html"));
        assert!(makes_markup("templates/a.html.j2"));
        assert!(makes_markup("templates/a.jinja2"));
        assert!(!makes_markup("templates/mail.txt"));
        assert!(!makes_markup("templates/query.sql.j2"));
    }
}

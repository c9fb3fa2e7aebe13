//! Templates: what code hands to them, and where they print it.
//!
//! A template is walked over like a program of its own: its names are the context of the call that renders it,
//! its expressions are values of the engine, and each output is a sink that stands at its own line.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Constant, Key, Labels, Object, ObjectId, ObjectKind, Part, Ref, Value};
use crate::markup::{self, Binding, Engine, Node, TemplateFacts, escapes_by_name};

/// Inclusions, macros and blocks nest at most this deep; what is deeper prints nothing.
pub(super) const MAXIMUM_NESTING: u32 = 24;

/// What a project gives to all its templates, and its own filters: kept as attributes of entities
/// that no program can name.
pub(super) const CONTEXT: &str = "<context of templates>";
pub(super) const FILTERS: &str = "<filters of templates>";

/// A template that was parsed, with its blocks and macros at hand.
pub(super) struct Parsed {
    pub facts: TemplateFacts,
    pub blocks: Vec<(String, Rc<[Node]>)>,
    pub macros: Vec<(String, Rc<Macro>)>,
}

pub(super) struct Macro {
    pub template: Option<u32>,
    pub parameters: Vec<Binding>,
    pub body: Vec<Node>,
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
pub(super) enum Source {
    /// A file, by its place among the templates.
    File(u32),
    /// A text in the code.
    Text(Rc<str>),
}

/// How a template is to be rendered.
pub(super) struct Request {
    pub source: Source,
    pub engine: Engine,
    pub autoescape: Option<bool>,
    /// The names that the engine itself gives: `request`.
    pub ambient: &'static [(&'static str, &'static str)],
    /// Dangerous outputs are reported; otherwise the text goes on with what it carries.
    pub reports: bool,
    pub span: Span,
}

/// Values by name, with what stands for all other names.
#[derive(Default)]
pub(super) struct Names {
    pub known: Vec<(String, Value)>,
    pub rest: Value,
}

const FLASK_NAMES: &[(&str, &str)] = &[
    ("request", "flask.request"),
    ("session", "flask.session"),
    ("g", "flask.g"),
    ("config", "flask.config"),
];
const DJANGO_NAMES: &[(&str, &str)] = &[("request", "<django.http.HttpRequest>")];

const TORNADO_NAMES: &[(&str, &str)] = &[
    ("escape", "tornado.escape.xhtml_escape"),
    ("xhtml_escape", "tornado.escape.xhtml_escape"),
    ("url_escape", "tornado.escape.url_escape"),
    ("json_encode", "tornado.escape.json_encode"),
    ("squeeze", "tornado.escape.squeeze"),
];

pub(super) fn is_markup_type(name: Symbol) -> bool {
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
    pub(super) fn template_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let (owner, last) = name.as_str().rsplit_once('.')?;
        match last {
            "render_template" | "stream_template" if matches!(owner, "flask" | "quart") => {
                let template = site.arguments.get(0, "template_name_or_list")?;
                let names = Self::keyword_names(site.arguments, 1);
                self.render_named(frame, &template, Engine::Jinja, FLASK_NAMES, names, site.span)
            }
            "render_template_string" | "stream_template_string" if matches!(owner, "flask" | "quart") => {
                let source = site.arguments.get(0, "source")?;
                let names = Self::keyword_names(site.arguments, 1);
                self.render_text(frame, &source, FLASK_NAMES, names, site.span)
            }
            "render" if owner == "django.shortcuts" => {
                let template = site.arguments.get(1, "template_name")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)?;
                Some(Value::instance(Symbol::new("django.http.HttpResponse"), Labels::NONE))
            }
            "render_to_string" if owner == "django.template.loader" => {
                let template = site.arguments.get(0, "template_name")?;
                let context = site.arguments.get(1, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)
            }
            "TemplateResponse"
                if owner == "django.template.response"
                    || owner == "django.template.response.TemplateResponse" =>
            {
                let template = site.arguments.get(1, "template")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context);
                self.render_named(frame, &template, Engine::Django, DJANGO_NAMES, names, site.span)?;
                None
            }
            "TemplateResponse" if owner.ends_with("Jinja2Templates") => {
                // The request came to stand in front with version 0.29.
                let first = site.arguments.get(0, "name")?;
                let named = first.as_strings().is_some();
                let template = if named { first } else { site.arguments.get(1, "name")? };
                let context = site.arguments.get(if named { 1 } else { 2 }, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context);
                self.render_named(frame, &template, Engine::Jinja, &[], names, site.span)?;
                None
            }
            "render" | "render_string" if owner == "tornado.web.RequestHandler" => {
                let template = site.arguments.get(0, "template_name")?;
                let names = Self::keyword_names(site.arguments, 1);
                self.render_named(frame, &template, Engine::Tornado, TORNADO_NAMES, names, site.span)
            }
            "render_template" | "render_string" if owner == "aiohttp_jinja2" => {
                let template = site.arguments.get(0, "template_name")?;
                let context = site.arguments.get(2, "context").unwrap_or_default();
                let names = self.mapping_names(frame, &context);
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
    fn template_object(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        last: &str,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let kind = match (owner, last) {
            ("django.template" | "django.template.loader" | "django.template.Engine", _) => {
                "django.template.Template"
            }
            ("mako.template" | "mako.lookup.TemplateLookup", _) => "mako.template.Template",
            ("jinja2", "Template") => {
                let escaping =
                    site.arguments.keyword("autoescape").is_some_and(|one| one.truth() != Some(false));
                if escaping { "jinja2.EscapingTemplate" } else { "jinja2.PlainTemplate" }
            }
            ("jinja2.PlainEnvironment" | "jinja2.PlainSandbox", _) => "jinja2.PlainTemplate",
            (owner, _) if owner.starts_with("jinja2.") => "jinja2.EscapingTemplate",
            _ => return None,
        };
        let argument = match site.arguments.positional.first() {
            Some(argument) => argument.clone(),
            None => [
                "name",
                "source",
                "template_name",
                "template_string",
                "text",
                "template_code",
                "uri",
                "filename",
            ]
            .iter()
            .find_map(|name| site.arguments.keyword(name))?,
        };
        Self::demand_value(frame, &argument);
        let by_name = last != "from_string"
            && (last != "Template"
                || site.arguments.positional.is_empty() && site.arguments.keyword("filename").is_some());
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
            let mut names = Self::keyword_names(site.arguments, 0);
            for argument in &site.arguments.positional {
                let given = self.mapping_names(frame, argument);
                names.known.extend(given.known);
                names.rest = names.rest.join(&given.rest);
            }
            let ambient = if engine == Engine::Django { DJANGO_NAMES } else { &[] };
            let mut autoescape = escaping;
            if engine == Engine::Mako {
                let filters = object.field(Symbol::new("default_filters")).cloned();
                let filters =
                    filters.and_then(|filters| self.known_elements(frame, &filters)).unwrap_or_default();
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
        // `name + ".html"`: the caller knows the name.
        for text in &value.texts {
            for part in text.parts() {
                if let Part::Hole { labels, .. } = part {
                    for label in labels {
                        if let crate::domain::Origin::Path(path) = label.origin {
                            Self::demand(frame, path);
                        }
                    }
                }
            }
        }
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
            let request =
                Request { source: Source::File(number), engine, autoescape: None, ambient, reports, span };
            let value = self.render(frame, &request, &names);
            result = Some(result.map_or(value.clone(), |earlier: Value| earlier.join(&value)));
        }
        result
    }

    /// What a view returns, in the template that its decorator names.
    pub(super) fn render_result(
        &mut self,
        frame: &mut Frame<'p>,
        template: Symbol,
        engine: Engine,
        context: &Value,
        span: Span,
    ) {
        let names = self.mapping_names(frame, context);
        let Some(number) = self.find_template(frame.file, template.as_str()) else { return };
        let reports = makes_markup(&self.input.templates[number as usize].path);
        // These environments escape whatever the template is called.
        let autoescape = Some(true);
        let source = Source::File(number);
        self.render(frame, &Request { source, engine, autoescape, ambient: &[], reports, span }, &names);
    }

    /// The template of a class-based view, with the context that it makes.
    pub(super) fn render_view(
        &mut self,
        frame: &mut Frame<'p>,
        template: &Value,
        context: &Value,
        span: Span,
    ) {
        let names = self.mapping_names(frame, context);
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

    fn keyword_names(arguments: &Arguments, positional: usize) -> Names {
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

    fn mapping_names(&mut self, frame: &mut Frame<'p>, mapping: &Value) -> Names {
        let mut names = Names::default();
        if mapping.is_undefined() || matches!(mapping.as_constant(), Some(Constant::None)) {
            return names;
        }
        Self::demand_value(frame, mapping);
        // `Context({…})` and `RequestContext(request, {…})` hold a mapping.
        let mut rest = mapping.edit(|data| data.refs.clear());
        for reference in &mapping.refs {
            let object = match reference {
                Ref::Object(id) => Some((*id, self.object(frame, *id))),
                _ => None,
            };
            let Some((_, object)) = object.filter(|(id, object)| {
                object.kind == ObjectKind::Dictionary
                    && (!matches!(id, ObjectId::Path(_)) || object.exact || !object.entries.is_empty())
            }) else {
                let values = self.values_of(frame, &Value::reference(reference.clone()));
                names.rest = names.rest.join(&values);
                continue;
            };
            for (key, value) in &object.entries {
                let Key::Text(name) = key else { continue };
                match names.known.iter_mut().find(|(own, _)| *own == name.as_str()) {
                    Some((_, own)) => *own = own.join(value),
                    None => names.known.push((name.to_string(), value.clone())),
                }
            }
            // What other names may hold that were put in by a key that isn't known.
            let keys = object.keys.own_labels();
            let ours = !object.keys.is_undefined() && keys.of_sources().is_empty();
            let others = if ours { object.rest.unsure() } else { object.rest.clone() };
            names.rest = names.rest.join(&others);
        }
        if !rest.is_undefined() {
            rest = self.values_of(frame, &rest);
            names.rest = names.rest.join(&rest);
        }
        names
    }

    // ---- files

    /// The file that a name means: the nearest to the code, in a folder of templates before all others.
    pub(super) fn find_template(&self, file: u32, name: &str) -> Option<u32> {
        let name = name.trim_start_matches("./").trim_start_matches('/');
        if name.is_empty() {
            return None;
        }
        let code = self.input.program.file(vansire_python::FileId(file)).source.path.as_str();
        let common =
            |path: &str| path.split('/').zip(code.split('/')).take_while(|(one, two)| one == two).count();
        let mut best: Option<(bool, usize, std::cmp::Reverse<usize>, u32)> = None;
        for (number, template) in self.input.templates.iter().enumerate() {
            let Some(head) = template.path.strip_suffix(name) else { continue };
            if !(head.is_empty() || head.ends_with('/')) {
                continue;
            }
            let folder = head.trim_end_matches('/').rsplit('/').next() == Some("templates");
            let rank =
                (folder, common(&template.path), std::cmp::Reverse(template.path.len()), number as u32);
            if best.is_none_or(|best| (rank.0, rank.1, rank.2) > (best.0, best.1, best.2)) {
                best = Some(rank);
            }
        }
        best.map(|(_, _, _, number)| number)
    }

    pub(super) fn parsed(&mut self, source: &Source, engine: Engine, autoescape: Option<bool>) -> Rc<Parsed> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        assert!(makes_markup("templates/a.html"));
        assert!(makes_markup("templates/a.html.j2"));
        assert!(makes_markup("templates/a.jinja2"));
        assert!(!makes_markup("templates/mail.txt"));
        assert!(!makes_markup("templates/query.sql.j2"));
    }
}

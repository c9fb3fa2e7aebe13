//! What a project gives to all its templates: variables, functions and filters.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::external::CallSite;
use super::templates::{CONTEXT, FILTERS};
use super::{Frame, Solver};
use crate::domain::{Key, ObjectId, Ref, Value};

/// The types of an environment's mappings of filters and of global names.
const FILTER_MAP: &str = "jinja2.environment.Filters";
const GLOBAL_MAP: &str = "jinja2.environment.Globals";

/// What a registered function is for templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registered {
    Filter,
    Global,
    Processor,
}

/// What a function is registered as, by the name of the registering method.
fn registered(name: &str) -> Option<Registered> {
    let (owner, last) = name.rsplit_once('.')?;
    if owner == "django.template.Library" {
        return (last == "filter").then_some(Registered::Filter);
    }
    if !owner.starts_with("flask.") {
        return None;
    }
    Some(match last {
        "template_filter" | "app_template_filter" | "add_template_filter" | "add_app_template_filter" => {
            Registered::Filter
        }
        "template_global" | "app_template_global" | "add_template_global" | "add_app_template_global" => {
            Registered::Global
        }
        "context_processor" | "app_context_processor" => Registered::Processor,
        _ => return None,
    })
}

/// Whether a method registers functions for templates.
pub(super) fn registers_for_templates(name: Symbol) -> bool {
    registered(name.as_str()).is_some()
}

impl<'p> Solver<'p> {
    /// `@app.template_filter("shout")`, `@app.context_processor`
    pub(super) fn register_for_templates(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        function: &Value,
        span: Span,
    ) {
        let kind = match registered(name.as_str()) {
            Some(Registered::Processor) => {
                self.process_context(frame, function, &Arguments::default(), span);
                return;
            }
            Some(Registered::Filter) => FILTERS,
            Some(Registered::Global) => CONTEXT,
            None => return,
        };
        let given = arguments
            .keyword("name")
            .or_else(|| arguments.positional.iter().find(|one| one.as_string().is_some()).cloned());
        let known = given.as_ref().and_then(|name| name.as_string()).map(Symbol::new);
        let own = Self::function_of(function).map(|body| self.body(body).1.name);
        if let Some(name) = known.or(own) {
            self.give_templates(frame, kind, name, function);
        }
    }

    fn give_templates(&mut self, frame: &mut Frame<'p>, kind: &str, name: Symbol, value: &Value) {
        let value = value.with_identity(None);
        self.change(frame, ObjectId::External(Symbol::new(kind)), |object| object.set_field(name, value));
    }

    /// What a context processor returns are variables of every template.
    fn process_context(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        arguments: &Arguments,
        span: Span,
    ) {
        let before = frame.state.clone();
        let made = self.call(frame, function, arguments, span);
        if !frame.state.alive {
            frame.state = before;
            return;
        }
        for (key, value) in self.known_entries(frame, &made).map(|(entries, _)| entries).unwrap_or_default() {
            if let Key::Text(name) = key {
                self.give_templates(frame, CONTEXT, name, &value);
            }
        }
    }

    /// `environment.filters["shout"] = shout`
    pub(super) fn environment_assigned(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: &Value,
        value: &Value,
    ) {
        let kind = match kind.as_str() {
            FILTER_MAP => FILTERS,
            GLOBAL_MAP => CONTEXT,
            _ => return,
        };
        if let Some(name) = name.as_string().map(Symbol::new) {
            self.give_templates(frame, kind, name, value);
        }
    }

    /// `environment.globals.update(version=version)`
    pub(super) fn environment_updated(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        site: &CallSite<'_>,
    ) -> bool {
        if !matches!(owner, FILTER_MAP | GLOBAL_MAP) {
            return false;
        }
        let kind = Symbol::new(owner);
        for (name, value) in &site.arguments.keywords {
            self.environment_assigned(frame, kind, &Value::string(name.as_str()), value);
        }
        if let Some(mapping) = site.arguments.positional.first()
            && let Some((entries, _)) = self.known_entries(frame, mapping)
        {
            for (key, value) in entries {
                self.environment_assigned(frame, kind, &key.value(), &value);
            }
        }
        true
    }

    /// Django's context processors stand in the settings by name.
    pub(super) fn run_context_processors(
        &mut self,
        frame: &mut Frame<'p>,
        file: u32,
        templates: &Value,
        request: &Value,
    ) {
        let span = frame.ir.span;
        for engine in self.known_elements(frame, templates).unwrap_or_default() {
            let options = self.subscript(frame, &engine, &Value::string("OPTIONS"), span);
            let names = self.subscript(frame, &options, &Value::string("context_processors"), span);
            for name in self.known_elements(frame, &names).unwrap_or_default() {
                let Some((module, last)) = name.as_string().and_then(|name| name.rsplit_once('.')) else {
                    continue;
                };
                let module = self.import(file, Symbol::new(module), true);
                let function = self.attribute(frame, &module, Symbol::new(last), span);
                if function.refs.iter().any(|one| matches!(one, Ref::Function(..))) {
                    self.process_context(frame, &function, &Arguments::of(vec![request.clone()]), span);
                }
            }
        }
    }
}

//! Pyramid: views, their renderers and what stands before them, known by dotted names.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::entries::EntryTable;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, Ref, Value};

impl<'p> Solver<'p> {
    /// The view that is registered: by its dotted name, and as one method of a class.
    pub(super) fn view_of_pyramid(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        value: Value,
        site: &CallSite<'_>,
    ) -> Value {
        if !name.as_str().starts_with("pyramid.") {
            return value;
        }
        let value = self.by_dotted_name(frame, &value, site.span).unwrap_or(value);
        match site.arguments.keyword("attr") {
            Some(method) if method.as_string().is_some() => {
                let method = Symbol::new(method.as_string().unwrap_or_default());
                self.attribute(frame, &value, method, site.span)
            }
            _ => value,
        }
    }

    /// What a view returns is handed to the template that its registration names.
    pub(super) fn note_renderer(&mut self, name: Symbol, view: Option<BodyIndex>, site: &CallSite<'_>) {
        if let (Some(view), true) = (view, name.as_str().starts_with("pyramid."))
            && let Some(renderer) = site.arguments.keyword("renderer")
        {
            self.add_renderer(view, &renderer);
        }
    }

    /// What stands between the server and all views: a factory makes it.
    pub(super) fn tween_added(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) {
        let Some(given) = site.arguments.get(0, "tween_factory") else { return };
        let factory = self.by_dotted_name(frame, &given, site.span).unwrap_or(given);
        let arguments = Arguments::of(vec![Value::unknown(), Value::unknown()]);
        let tween = self.call(frame, &factory, &arguments, site.span);
        let name = Symbol::new("pyramid.config.Configurator.add_view");
        self.add_entry(frame, EntryTable::Register, name, &tween, site);
    }

    /// What a dotted name in a text means: `"package.module.function"`; none where it names nothing of the project.
    fn by_dotted_name(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Option<Value> {
        let text = value.as_string()?;
        let (module, name) = text.rsplit_once('.').or_else(|| text.rsplit_once(':'))?;
        let module = Value::string(module.trim_end_matches(':'));
        let module = self.module_by_name(frame, &module)?;
        module
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Module(_)))
            .then(|| self.attribute(frame, &module, Symbol::new(name), span))
    }
}

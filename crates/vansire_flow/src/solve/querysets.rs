//! Managers, sets of queries and serializers of Django that the project's own classes are behind.

use vansire_python::Symbol;

use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Ref, Value};

impl<'p> Solver<'p> {
    /// `Titles.as_manager()` has the methods of its queries, and so has `Manager.from_queryset(Titles)`.
    pub(super) fn manager_of_queries(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        if method == "from_queryset" {
            let class = site.arguments.get(0, "queryset_class")?;
            return class.refs.iter().any(|one| matches!(one, Ref::Class(_))).then_some(class);
        }
        site.receiver?.refs.iter().find_map(|one| match one {
            Ref::Class(class) => Some(self.bare_instance(frame, *class, site.span)),
            _ => None,
        })
    }

    /// `Book.objects.filter(…)`: of what the manager's own `get_queryset` gives.
    pub(super) fn queries_of_manager(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let model = self.input.models.functions.get(&name)?;
        if model.returns.is_none_or(|returns| returns.as_str() != "self") {
            return None;
        }
        let queries = self.special_method(frame, site.receiver?, "get_queryset")?;
        let made = self.call(frame, &queries, &super::binding::Arguments::default(), site.span);
        (!made.refs.is_empty()).then_some(made)
    }

    /// `self.get_serializer(data=…)`: of the class that the view names.
    pub(super) fn serializer_made(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let view = site.receiver?;
        let class = match self.special_method(frame, view, "get_serializer_class") {
            Some(method) => self.call(frame, &method, &super::binding::Arguments::default(), site.span),
            None => self.attribute(frame, view, Symbol::new("serializer_class"), site.span),
        };
        class.refs.iter().any(|one| matches!(one, Ref::Class(_))).then(|| {
            let class = Value::reference(class.refs[0].clone());
            self.call(frame, &class, site.arguments, site.span)
        })
    }
}

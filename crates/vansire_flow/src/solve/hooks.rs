//! What stands around a view: hooks that run before it and what they let through, the values that its route took
//! out of the address, the class that its request is of.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::entries::{EntryTable, Pending};
use super::{Frame, Solver};
use crate::domain::{BodyIndex, Fact, Facts, Identity, Key, Object, ObjectId, ObjectKind, Ref, Value};
use crate::model::EntryParameters;

/// The request that every view of Flask sees.
const REQUEST: &str = "flask.request";

/// Where it is kept of which class of the project an application's requests are.
const REQUEST_CLASS: &str = "<class>";

/// Decorators whose function is handed the values that a route took out of the address.
const PREPROCESSOR: &str = ".url_value_preprocessor";

/// Decorators and functions that register what runs before a view, and may refuse to go on.
const REFUSING_HOOK: &str = ".before_request";

/// What is known of the surroundings of views.
#[derive(Default)]
pub(super) struct Hooks {
    /// What the hooks before a view have proved of the request.
    admitted: FxHashMap<BodyIndex, Facts>,
    /// An attribute of the project's own class of requests is being looked at.
    own_request: bool,
}

impl<'p> Solver<'p> {
    // ---- what hooks let through

    /// Runs the hooks that wait here before the views that wait here: what a hook has proved of the request when
    /// it lets it through holds at the start of each view of the same application or blueprint.
    pub(super) fn note_admissions(&mut self, frame: &mut Frame<'p>) {
        let hooks: Vec<Pending> = frame
            .pending
            .iter()
            .filter(|one| one.entry.1.as_str().ends_with(REFUSING_HOOK) && one.router.is_some())
            .cloned()
            .collect();
        let mut routers: Vec<ObjectId> = hooks.iter().filter_map(|hook| hook.router).collect();
        routers.dedup();
        for router in routers {
            let views: Vec<BodyIndex> = frame
                .pending
                .iter()
                .filter(|one| one.router == Some(router) && self.is_routed(one))
                .filter_map(|one| one.target)
                .collect();
            if views.is_empty() {
                continue;
            }
            let before = frame.state.clone();
            frame.state.alive = true;
            frame.state.facts = Rc::default();
            for hook in hooks.iter().filter(|hook| hook.router == Some(router)) {
                let result = self.call(frame, &hook.value, &Arguments::default(), hook.span);
                // What it returns instead of going on is an answer, and no answer is false.
                if let Some(predicate) = &result.predicate {
                    let passed = predicate.when_false.clone();
                    frame.state.add_facts(&passed);
                }
            }
            let facts = std::mem::replace(&mut frame.state, before);
            if !facts.alive {
                continue;
            }
            let facts: Vec<(Identity, Fact)> = facts
                .facts
                .iter()
                .filter(|(identity, _)| matches!(identity, Identity::Entity(_)))
                .cloned()
                .collect();
            if facts.is_empty() {
                continue;
            }
            let facts = Rc::new(facts);
            for view in views {
                self.hooks.admitted.insert(view, facts.clone());
            }
        }
    }

    fn is_routed(&self, pending: &Pending) -> bool {
        self.entry(pending.entry).is_some_and(|entry| matches!(entry.parameters, EntryParameters::NamedIn(_)))
    }

    /// The facts that hold where a body begins.
    pub(super) fn begin_admitted(&self, frame: &mut Frame<'p>) {
        if let Some(facts) = self.hooks.admitted.get(&frame.body) {
            frame.state.add_facts(facts);
        }
    }

    // ---- values out of the address

    /// Whether a decorator hands the values of routes to its function.
    pub(super) fn takes_route_values(name: Symbol) -> bool {
        name.as_str().ends_with(PREPROCESSOR)
    }

    /// `(endpoint, values)`, for a function that takes values out of the address before the views see them.
    pub(super) fn preprocessor_arguments(
        &mut self,
        frame: &mut Frame<'p>,
        pending: &Pending,
    ) -> Option<Arguments> {
        if pending.entry.0 != EntryTable::Decorator || !Self::takes_route_values(pending.entry.1) {
            return None;
        }
        let entry = self.any_route_entry()?;
        let mut names = pending.names.clone();
        names
            .extend(frame.pending.iter().filter(|one| self.is_routed(one)).flat_map(|one| one.names.clone()));
        names.extend(self.mounted_names(frame));
        let mut object = Object::new(ObjectKind::Dictionary);
        object.exact = false;
        for (name, converter) in names {
            let value = self.converted(frame, pending.file, pending.span, name, converter, entry);
            object.set_entry_perhaps(Key::Text(name), &value);
        }
        let id = self.allocate(frame, pending.span, 141, object);
        Some(Arguments::of(vec![Value::unknown(), Value::object(id)]))
    }

    // ---- the class of requests

    /// `app.request_class = OwnRequest`
    pub(super) fn keep_request_class(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        class: &Value,
    ) {
        if name.as_str() == "request_class"
            && self.input.models.is_subtype(kind, Symbol::new("flask.Flask"))
            && class.refs.iter().any(|one| matches!(one, Ref::Class(_)))
        {
            let class = class.clone();
            self.change(frame, ObjectId::External(Symbol::new(REQUEST)), |object| {
                object.set_field(Symbol::new(REQUEST_CLASS), class);
            });
        }
    }

    /// An attribute of the request that the project's own class of requests gives it.
    pub(super) fn own_request_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        entity: Symbol,
        name: Symbol,
        span: Span,
    ) -> Option<Value> {
        if entity.as_str() != REQUEST || self.hooks.own_request {
            return None;
        }
        let request = self.object(frame, ObjectId::External(entity));
        let class = request.field(Symbol::new(REQUEST_CLASS))?.refs.iter().find_map(|one| match one {
            Ref::Class(class) => Some(*class),
            _ => None,
        })?;
        self.class_lookup(frame, class, name)?;
        let instance = self.bare_instance(frame, class, span);
        // Its methods may look at the request by its name themselves.
        self.hooks.own_request = true;
        let value = self.attribute(frame, &instance, name, span);
        self.hooks.own_request = false;
        Some(value)
    }
}

//! What marshmallow's schemas load: their fields, the schemas within them, the methods that take part.

use vansire_python::Symbol;
use vansire_python::ir::{BodyKind, Constant, Expr, ExprKind, Span, StmtKind};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::comparisons::collect_facts;
use super::schemas::{Declaration, FIELD_VALUE, Nesting};
use super::{Frame, Solver};
use crate::domain::{BodyIndex, ClassRef, Facts, Identity, Key, Object, ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    /// The errors that a schema finds: none of them means that each field's value has passed.
    pub(super) fn told_by_schema(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        data: &Value,
        span: Span,
    ) -> Value {
        let lineage = self.lineage(frame, class);
        let mut facts = Vec::new();
        for (name, field) in self.declared_fields(frame, &lineage) {
            let Some(declared) = self.declared(frame, &field).filter(|field| field.is_of("marshmallow"))
            else {
                continue;
            };
            let value = self.subscript(frame, data, &key_of(&declared, name), span);
            let Some(identity) = value.identity else { continue };
            facts.push((identity, self.field_fact(frame, &declared, &value, None, span)));
        }
        Value::unknown().with_predicate(Facts::default(), collect_facts(facts))
    }

    /// What a schema makes of data.
    #[expect(clippy::too_many_arguments, reason = "what a schema is asked and where")]
    pub(super) fn loaded(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        receiver: Option<&Value>,
        data: &Value,
        unknown: Option<Value>,
        span: Span,
        nesting: Nesting,
    ) -> Option<Value> {
        let lineage = self.lineage(frame, class);
        let mut data = data.clone();
        if let Some(receiver) = receiver {
            for method in self.hooks(&lineage, "pre_load") {
                data = self.hooked(frame, receiver, method, &data, span);
            }
        }
        let mut object = Object::new(ObjectKind::Dictionary);
        for (number, (name, field)) in self.declared_fields(frame, &lineage).into_iter().enumerate() {
            let Some(declared) = self.declared(frame, &field).filter(|field| field.is_of("marshmallow"))
            else {
                continue;
            };
            let given = self.subscript(frame, &data, &key_of(&declared, name), span);
            let mut value = self.deserialized(frame, &declared, &given, span, nesting.within(number));
            if let Some(receiver) = receiver {
                for method in self.validators_of(&lineage, name) {
                    value = self.passed_to_hook(frame, receiver, method, value, span);
                }
            }
            if let Some(default) = declared.keyword("load_default").or_else(|| declared.keyword("missing")) {
                value = value.join(default);
            }
            let key = declared.keyword("attribute").and_then(Value::as_string).map_or(name, Symbol::new);
            object.set_entry(Key::Text(key), value);
        }
        let unknown = unknown.or_else(|| {
            let (meta, _) = self.lookup_in(frame, &lineage, Symbol::new("Meta"))?;
            let [Ref::Class(meta)] = meta.refs.as_slice() else { return None };
            self.object(frame, meta.namespace).field(Symbol::new("unknown")).cloned()
        });
        let refused = unknown.is_none_or(|unknown| {
            matches!(unknown.as_string(), Some("raise" | "exclude"))
                || !unknown.other
                    && !unknown.refs.is_empty()
                    && unknown.refs.iter().all(|one| {
                        matches!(one, Ref::External(name)
                            if matches!(name.as_str().rsplit('.').next(), Some("RAISE" | "EXCLUDE")))
                    })
        });
        if !refused {
            object.exact = false;
            object.rest = self.values_of(frame, &data);
        }
        let mut made = Value::object(self.allocate(frame, span, nesting.tag(0), object));
        if let Some(receiver) = receiver {
            for method in self.hooks(&lineage, "post_load") {
                made = self.hooked(frame, receiver, method, &made, span);
            }
        }
        Some(made)
    }

    /// What a field of a schema makes of a value.
    fn deserialized(
        &mut self,
        frame: &mut Frame<'p>,
        field: &Declaration,
        given: &Value,
        span: Span,
        nesting: Nesting,
    ) -> Value {
        let given = given.with_identity(None);
        match field.last_name() {
            "Integer" | "Int" | "Float" | "Decimal" | "Number" | "Boolean" | "Bool" | "Enum" | "Date"
            | "DateTime" | "NaiveDateTime" | "AwareDateTime" | "Time" | "TimeDelta" | "UUID" | "IPv4" => {
                return Value::unknown();
            }
            "List" if nesting.goes_on() => {
                if let Some(inner) = field.option(0, "cls_or_instance").cloned()
                    && let Some(inner) = self.declared(frame, &inner)
                {
                    let element = self.element(frame, &given, span);
                    let element = self.deserialized(frame, &inner, &element, span, nesting.within(0));
                    return self.loose_list(frame, element, span, nesting.tag(1));
                }
            }
            "Nested" if nesting.goes_on() => {
                let nested = field.option(0, "nested").cloned().unwrap_or_default();
                let class = match nested.refs.as_slice() {
                    [Ref::Class(class)] => Some(*class),
                    [Ref::Object(id)] => match self.kind(frame, *id) {
                        ObjectKind::Instance(class) => Some(class),
                        _ => None,
                    },
                    _ => None,
                };
                let many = field.keyword("many").and_then(Value::truth) == Some(true);
                if let Some(class) = class {
                    let data = if many { self.element(frame, &given, span) } else { given.clone() };
                    let unknown = field.keyword("unknown").cloned();
                    let made = self.loaded(frame, class, None, &data, unknown, span, nesting);
                    if let Some(made) = made {
                        let number = nesting.tag(1);
                        return if many { self.loose_list(frame, made, span, number) } else { made };
                    }
                }
            }
            _ => {}
        }
        self.checked(frame, field, &given, span)
    }

    /// The methods of a schema with a decorator of this name.
    fn hooks(&self, lineage: &[Ancestor], decorator: &str) -> Vec<Symbol> {
        self.decorated_methods(lineage, |expression| {
            let name = match &expression.kind {
                ExprKind::Call(call) => last_name(&call.callee),
                _ => last_name(expression),
            };
            name == Some(decorator)
        })
    }

    /// The methods of a schema that validate this field.
    fn validators_of(&self, lineage: &[Ancestor], field: Symbol) -> Vec<Symbol> {
        self.decorated_methods(lineage, |expression| {
            let ExprKind::Call(call) = &expression.kind else { return false };
            last_name(&call.callee) == Some("validates")
                && call.arguments.iter().any(|argument| {
                    matches!(&argument.value.kind,
                        ExprKind::Constant(Constant::String(text)) if **text == *field.as_str())
                })
        })
    }

    fn decorated_methods(&self, lineage: &[Ancestor], is_wanted: impl Fn(&Expr) -> bool) -> Vec<Symbol> {
        let mut methods = Vec::new();
        for ancestor in lineage.iter().rev() {
            let Ancestor::Class(class) = ancestor else { continue };
            let (file, own) = self.body(class.body);
            let base = self.input.bases[file as usize];
            for statement in &own.block {
                let StmtKind::Function { body, .. } = &statement.kind else { continue };
                let (_, ir) = self.body(BodyIndex(base + body.0));
                if ir.kind == BodyKind::Function
                    && ir.decorators.iter().any(&is_wanted)
                    && !methods.contains(&ir.name)
                {
                    methods.push(ir.name);
                }
            }
        }
        methods
    }

    /// What a method of a schema makes of the data as a whole.
    fn hooked(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        method: Symbol,
        data: &Value,
        span: Span,
    ) -> Value {
        let before = frame.state.clone();
        let found = self.attribute(frame, receiver, method, span);
        // Whatever else it is told: how many, and which of the fields.
        let arguments = Arguments {
            positional: vec![data.clone()],
            keyword_rest: Some(Value::unknown()),
            ..Arguments::default()
        };
        let made = self.call(frame, &found, &arguments, span);
        if !frame.state.alive || made.is_undefined() {
            frame.state = before;
            return data.clone();
        }
        made
    }

    /// A value that a method of a schema has let pass.
    fn passed_to_hook(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        method: Symbol,
        value: Value,
        span: Span,
    ) -> Value {
        let identity = Identity::Site(span.start, FIELD_VALUE + 1);
        let before = frame.state.clone();
        frame.state.forget(identity);
        let found = self.attribute(frame, receiver, method, span);
        let arguments = Arguments {
            positional: vec![value.with_identity(Some(identity))],
            keyword_rest: Some(Value::unknown()),
            ..Arguments::default()
        };
        self.call(frame, &found, &arguments, span);
        let passed = match frame.state.fact(identity) {
            Some(fact) if frame.state.alive => fact.apply(&value),
            _ => value,
        };
        frame.state = before;
        passed
    }
}

/// The name under which a field's value is sent.
fn key_of(field: &Declaration, name: Symbol) -> Value {
    match field.keyword("data_key") {
        Some(key) if key.as_string().is_some() => key.clone(),
        _ => Value::string(name.as_str()),
    }
}

fn last_name(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(name.as_str()),
        _ => None,
    }
}

//! Named tuples: what `collections.namedtuple` makes, and what is made of that.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{ClassRef, Key, Object, ObjectId, ObjectKind, Partial, Ref, Value};

/// The class, as something that is called; its names of fields and its defaults are given already.
const CLASS: &str = "<namedtuple>";
const MAKE: &str = "<namedtuple>._make";
const REPLACE: &str = "<namedtuple>._replace";
const AS_DICTIONARY: &str = "<namedtuple>._asdict";

/// Marks a tuple whose elements have names; holds its class.
const NAMED: &str = "<named>";

impl<'p> Solver<'p> {
    pub(super) fn named_tuple_class(arguments: &Arguments) -> Option<Value> {
        let fields = arguments.get(1, "field_names")?;
        let defaults = arguments.keyword("defaults").unwrap_or_else(|| Value::tuple(Vec::new()));
        Some(Self::marker(Symbol::new(CLASS), vec![fields, defaults]))
    }

    /// Gives an instance of a class below a class of named tuples its fields; whether it is one.
    pub(super) fn fill_named_tuple(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        instance: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> bool {
        let mut base = None;
        for ancestor in self.lineage(frame, class) {
            let Ancestor::Class(class) = ancestor else { continue };
            let bases = self.bases(frame, class);
            base = bases.iter().flat_map(|one| one.refs.iter()).find_map(|one| match one {
                Ref::Partial(partial)
                    if matches!(partial.callee.refs.as_slice(), [Ref::External(name)] if name.as_str() == CLASS) =>
                {
                    Some(partial.clone())
                }
                _ => None,
            });
            if base.is_some() {
                break;
            }
        }
        let Some(base) = base else { return false };
        let [fields, defaults] = base.positional.as_slice() else { return false };
        let Some(made) = self.named_tuple(frame, fields, defaults, arguments, span) else { return false };
        let ([Ref::Object(from)], [Ref::Object(to)]) = (made.refs.as_slice(), instance.refs.as_slice())
        else {
            return false;
        };
        let tuple = self.object(frame, *from);
        self.change(frame, *to, |object| {
            object.fields.clone_from(&tuple.fields);
            object.elements.clone_from(&tuple.elements);
        });
        true
    }

    /// A call of a class of named tuples, or of one of its methods.
    pub(super) fn named_tuple_call(
        &mut self,
        frame: &mut Frame<'p>,
        called: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let (first, rest) = arguments.positional.split_first()?;
        match called {
            CLASS => {
                let (defaults, given) = rest.split_first()?;
                let given = Arguments { positional: given.to_vec(), ..arguments.clone() };
                self.named_tuple(frame, first, defaults, &given, span)
            }
            MAKE => {
                let [defaults, sequence] = rest else { return None };
                let given = match self.elements_in_order(frame, sequence) {
                    Some(elements) => Arguments::of(elements),
                    None => {
                        Arguments { rest: Some(self.element(frame, sequence, span)), ..Arguments::default() }
                    }
                };
                self.named_tuple(frame, first, defaults, &given, span)
            }
            REPLACE => {
                let Some(Ref::Object(id)) = first.refs.first() else { return None };
                let mut copy = (*self.object(frame, *id)).clone();
                for (name, value) in &arguments.keywords {
                    let at = copy.fields.iter().position(|(own, _)| own == name)?;
                    if let Some(element) = copy.elements.get_mut(at) {
                        *element = value.clone();
                    }
                    copy.fields[at].1 = value.clone();
                }
                if let Some(any) = &arguments.keyword_rest {
                    for (_, value) in copy.fields.iter_mut().filter(|(name, _)| !is_marker(*name)) {
                        *value = value.join(any);
                    }
                    for element in &mut copy.elements {
                        *element = element.join(any);
                    }
                }
                Some(Value::object(self.allocate(frame, span, 80, copy)))
            }
            AS_DICTIONARY => {
                let Some(Ref::Object(id)) = first.refs.first() else { return None };
                let object = self.object(frame, *id);
                let mut copy = Object::new(ObjectKind::Dictionary);
                for (name, value) in object.fields.iter().filter(|(name, _)| !is_marker(*name)) {
                    copy.set_entry(Key::Text(*name), value.clone());
                }
                Some(Value::object(self.allocate(frame, span, 81, copy)))
            }
            _ => None,
        }
    }

    fn named_tuple(
        &mut self,
        frame: &mut Frame<'p>,
        fields: &Value,
        defaults: &Value,
        given: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let names: Vec<Symbol> = match fields.as_string() {
            Some(text) => text.replace(',', " ").split_whitespace().map(Symbol::new).collect(),
            None => self
                .known_elements(frame, fields)?
                .iter()
                .filter_map(|one| one.as_string().map(Symbol::new))
                .collect(),
        };
        let defaults = self.known_elements(frame, defaults).unwrap_or_default();
        let mut object = Object::new(ObjectKind::List);
        for (at, name) in names.iter().enumerate() {
            // The last ones have defaults.
            let default = (at + defaults.len()).checked_sub(names.len()).and_then(|at| defaults.get(at));
            let mut value = given.get(at, name.as_str()).unwrap_or_default();
            if let Some(default) = default
                && (value.is_undefined() || given.rest.is_some() || given.keyword_rest.is_some())
            {
                value = value.join(default);
            }
            let value = if value.is_undefined() { Value::unknown() } else { value };
            object.set_field(*name, value.clone());
            object.elements.push(value);
        }
        object.set_field(Symbol::new(NAMED), fields.clone());
        Some(Value::object(self.allocate(frame, span, 79, object)))
    }

    /// An attribute of a named tuple; none where it is no named tuple, or has no such attribute.
    pub(super) fn named_tuple_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: Symbol,
    ) -> Option<Value> {
        let object = self.object(frame, id);
        if object.fields.is_empty() {
            return None;
        }
        let fields = object.field(Symbol::new(NAMED))?;
        let own = Value::object(id);
        match name.as_str() {
            "_replace" => Some(Self::marker(Symbol::new(REPLACE), vec![own])),
            "_asdict" => Some(Self::marker(Symbol::new(AS_DICTIONARY), vec![own])),
            "_fields" => Some(fields.clone()),
            _ => object.field(name).cloned(),
        }
    }

    /// An attribute of a class of named tuples.
    pub(super) fn named_tuple_class_attribute(partial: &Partial, name: Symbol) -> Option<Value> {
        let [Ref::External(callee)] = partial.callee.refs.as_slice() else { return None };
        (callee.as_str() == CLASS && name.as_str() == "_make")
            .then(|| Self::marker(Symbol::new(MAKE), partial.positional.clone()))
    }
}

fn is_marker(name: Symbol) -> bool {
    name.as_str().starts_with('<')
}

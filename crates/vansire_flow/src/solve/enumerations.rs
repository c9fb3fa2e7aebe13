//! Enumerations: their members, with the values and the attributes that `enum` gives them.

use vansire_python::Symbol;
use vansire_python::ir::{BinaryOperator, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{ClassRef, Object, ObjectKind, Ref, Value};

/// What `enum.auto()` gives, until the class is made.
pub(super) const AUTO: &str = "enum.auto";

/// Marks the namespace of a class whose members are bits.
const FLAG: &str = "<flag>";

/// What sort of enumeration a class is.
#[derive(Clone, Copy, Default)]
pub(super) struct Enumeration {
    pub is_one: bool,
    /// Members are bits.
    is_flag: bool,
    /// `auto()` gives the name in lower case.
    is_text: bool,
    /// A second value is a label: Django's choices.
    has_labels: bool,
}

impl Enumeration {
    /// Takes in that the class has such a base.
    pub fn derives_from(&mut self, base: Symbol) {
        match base.as_str() {
            "enum.Enum" | "enum.IntEnum" => self.is_one = true,
            "enum.StrEnum" => (self.is_one, self.is_text) = (true, true),
            "enum.Flag" | "enum.IntFlag" => (self.is_one, self.is_flag) = (true, true),
            "django.db.models.TextChoices" | "django.db.models.IntegerChoices" => {
                (self.is_one, self.has_labels) = (true, true);
            }
            _ => {}
        }
    }
}

impl<'p> Solver<'p> {
    /// Members take the place of what the body of the class has assigned.
    pub(super) fn make_members(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        sort: Enumeration,
        span: Span,
    ) {
        let fields = self.object(frame, class.namespace).fields.clone();
        let new = self.class_lookup(frame, class, vansire_python::symbol!("__new__"));
        let init = self.class_lookup(frame, class, vansire_python::symbol!("__init__"));
        let mut members: Vec<(Value, Value)> = Vec::new();
        let mut last = Some(0);
        for (number, (name, given)) in fields.iter().enumerate() {
            let callable = given
                .refs
                .iter()
                .any(|one| matches!(one, Ref::Function(..)) || Self::descriptor(one).is_some());
            if callable || name.as_str().starts_with('_') || name.as_str().starts_with('<') {
                continue;
            }
            let is_automatic =
                given.refs.iter().any(|one| matches!(one, Ref::Instance(kind) if kind.as_str() == AUTO));
            let given = if is_automatic {
                self.next_value(frame, class, sort, *name, members.len(), last, span)
            } else {
                given.clone()
            };
            last = given.as_integer();
            // A second name of one value is a second name of one member.
            if let Some((_, known)) = members.iter().find(|(value, _)| value.is_constant() && *value == given)
            {
                let known = known.clone();
                self.change(frame, class.namespace, |object| object.set_field(*name, known));
                continue;
            }
            let positional = match given.refs.as_slice() {
                [Ref::Tuple(elements)] if !given.other => elements.to_vec(),
                _ => vec![given.clone()],
            };
            let arguments = Arguments::of(positional.clone());
            let mut member = Object::new(ObjectKind::Instance(class));
            member.rest = given.clone();
            let mut value = given.clone();
            if sort.has_labels && positional.len() > 1 {
                value = positional[0].clone();
                member.fields.push((Symbol::new("label"), positional[positional.len() - 1].clone()));
            }
            if let Some((new, _)) = &new {
                let callee = Self::strip_static(new);
                let arguments = arguments.with_receiver(Value::reference(Ref::Class(class)));
                let made = self.call(frame, &callee, &arguments, span);
                if let [Ref::Object(id)] = made.refs.as_slice()
                    && matches!(self.kind(frame, *id), ObjectKind::Instance(own) if own.body == class.body)
                {
                    member.fields.clone_from(&self.object(frame, *id).fields);
                }
            }
            member.set_field(Symbol::new("name"), Value::string(name.as_str()));
            if member.field(Symbol::new("_value_")).is_none() {
                member.set_field(Symbol::new("_value_"), value.clone());
            }
            let id = self.allocate(frame, span, 21_000 + number as u32, member);
            let own = Value::object(id);
            if let Some((init, _)) = &init {
                let method = Self::bind_function(init, &own);
                self.call(frame, &method, &arguments, span);
            }
            // Either of the two may have said what the value is.
            let value = self.object(frame, id).field(Symbol::new("_value_")).cloned().unwrap_or(value);
            self.change(frame, id, |object| object.set_field(Symbol::new("value"), value.clone()));
            last = value.as_integer().or(last);
            self.change(frame, class.namespace, |object| object.set_field(*name, own.clone()));
            members.push((given, own));
        }
        self.change(frame, class.namespace, |object| {
            object.fields.push((Symbol::new("<enum>"), Value::boolean(true)));
            if sort.is_flag {
                object.fields.push((Symbol::new(FLAG), Value::boolean(true)));
            }
        });
    }

    /// The bits of a member of a flag, or of several put together.
    fn bits(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<(ClassRef, i64)> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        if value.other || !value.constants.is_empty() {
            return None;
        }
        self.object(frame, class.namespace).field(Symbol::new(FLAG))?;
        let bits = self.object(frame, *id).field(Symbol::new("value")).and_then(Value::as_integer)?;
        Some((class, bits))
    }

    /// `Permission.READ | Permission.WRITE`
    pub(super) fn flags_combined(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Value> {
        if !matches!(operator, BinaryOperator::BitOr | BinaryOperator::BitAnd | BinaryOperator::BitXor) {
            return None;
        }
        let (class, one) = self.bits(frame, left)?;
        let (other, two) = self.bits(frame, right)?;
        if class.body != other.body {
            return None;
        }
        let bits = match operator {
            BinaryOperator::BitOr => one | two,
            BinaryOperator::BitAnd => one & two,
            _ => one ^ two,
        };
        // None of them is as false as the number.
        if bits == 0 {
            return Some(Value::integer(0));
        }
        let members = self.object(frame, class.namespace).fields.clone();
        for (_, member) in &members {
            if self.bits(frame, member).is_some_and(|(own, known)| own.body == class.body && known == bits) {
                return Some(member.clone());
            }
        }
        let mut together = Object::new(ObjectKind::Instance(class));
        for name in ["value", "_value_"] {
            together.set_field(Symbol::new(name), Value::integer(bits));
        }
        Some(Value::object(self.allocate(frame, span, 168, together)))
    }

    /// `Permission.READ in permissions`
    pub(super) fn flag_contains(
        &mut self,
        frame: &mut Frame<'p>,
        item: &Value,
        container: &Value,
    ) -> Option<bool> {
        let (class, wanted) = self.bits(frame, item)?;
        let (other, bits) = self.bits(frame, container)?;
        (class.body == other.body).then_some(bits & wanted == wanted)
    }

    /// The value that `auto()` stands for.
    #[allow(clippy::too_many_arguments)] // what the hook of `enum` is told
    fn next_value(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        sort: Enumeration,
        name: Symbol,
        count: usize,
        last: Option<i64>,
        span: Span,
    ) -> Value {
        if let Some((hook, _)) =
            self.class_lookup(frame, class, vansire_python::symbol!("_generate_next_value_"))
        {
            let arguments = Arguments::of(vec![
                Value::string(name.as_str()),
                Value::integer(1),
                Value::integer(count as i64),
                Value::unknown(),
            ]);
            return self.call(frame, &Self::strip_static(&hook), &arguments, span);
        }
        if sort.is_text {
            return Value::string(&name.as_str().to_lowercase());
        }
        match last {
            Some(last) if sort.is_flag => {
                let bits = 64 - last.max(0).leading_zeros();
                1_i64.checked_shl(bits).map_or_else(Value::unknown, Value::integer)
            }
            Some(last) => Value::integer(last.saturating_add(1)),
            None => Value::unknown(),
        }
    }

    /// `Color("red")`: one of the members.
    pub(super) fn enum_member(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let mut result = Value::undefined();
        let wanted = arguments.get(0, "value");
        let object = self.object(frame, class.namespace);
        for (_, value) in &object.fields {
            for reference in &value.refs {
                if let Ref::Object(id) = reference
                    && let ObjectKind::Instance(own) = self.kind(frame, *id)
                    && own.body == class.body
                {
                    let member = self.object(frame, *id);
                    let matches = match (&wanted, member.field(vansire_python::symbol!("value"))) {
                        (Some(wanted), Some(value)) if wanted.is_constant() && value.is_constant() => {
                            wanted == value
                        }
                        _ => true,
                    };
                    if matches {
                        result = result.join(&Value::object(*id));
                    }
                }
            }
        }
        // Asked where no member has the value.
        let surely = wanted.as_ref().is_some_and(Value::is_constant) && !result.is_undefined();
        let hook = vansire_python::symbol!("_missing_");
        if !surely && self.class_lookup(frame, class, hook).is_some() {
            let hook = self.attribute(frame, &Value::reference(Ref::Class(class)), hook, span);
            let wanted = wanted.unwrap_or_else(Value::unknown);
            let found = self.call(frame, &hook, &Arguments::of(vec![wanted]), span);
            // None refuses.
            result = result.join(&found.edit(|data| data.constants.clear()));
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }
}

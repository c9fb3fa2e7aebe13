//! Comparisons: whether they're surely true or false, and what either proves of what was compared.

use std::cmp::Ordering;
use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{CompareOperator, Expr, Span};

use super::binding::Arguments;
use super::characters::absence;
use super::proofs::{
    argument_of_type, first_character_of, first_is_among, holds, is_code_of, like, names_parent, no_parents,
    quoted_literal, same_tuples, with_fact,
};
pub(super) use super::proofs::{collect_facts, without_characters};
use super::{Frame, Solver};
use crate::domain::{Constant, Fact, Facts, Identity, Key, ObjectKind, Origin, Ref, Value};
use crate::text::{CharSet, Form, KindSet, SinkKind};

impl<'p> Solver<'p> {
    pub(super) fn compare(
        &mut self,
        frame: &mut Frame<'p>,
        first: &'p Expr,
        rest: &'p [(CompareOperator, Expr)],
        span: Span,
    ) -> Value {
        let mut left = self.expression(frame, first);
        let mut result: Option<Value> = None;
        for (operator, right) in rest {
            let other = right;
            let right = self.expression(frame, right);
            if result.is_none() && matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual) {
                self.secret_compared(frame, (first, &left), (other, &right), span);
            }
            let mut value = self.compare_values(frame, *operator, &left, &right, span);
            if result.is_none()
                && value.truth().is_none()
                && let Some(text) = first_character_of(first)
                && let Some(form) = self.characters(frame, &right).map(Form::without_first)
                && form != Form::NONE
                && let Some(identity) = self.expression(frame, text).identity
            {
                value = first_is_among(&value, *operator, identity, form);
            }
            if result.is_none()
                && value.truth().is_none()
                && let Some(typed) = argument_of_type(first)
                && let Some(identity) = self.expression(frame, typed).identity
                && let Some(fact) = self.class_fact(frame, &right)
            {
                let fact: Facts = Rc::new(vec![(identity, fact)]);
                value = match operator {
                    CompareOperator::Is | CompareOperator::Equal | CompareOperator::In => {
                        Value::either().with_predicate(fact, Facts::default())
                    }
                    CompareOperator::IsNot | CompareOperator::NotEqual | CompareOperator::NotIn => {
                        Value::either().with_predicate(Facts::default(), fact)
                    }
                    _ => value,
                };
            }
            result = Some(match result {
                None => value,
                Some(earlier) => match (earlier.truth(), value.truth()) {
                    (Some(false), _) | (_, Some(false)) => Value::boolean(false),
                    (Some(true), Some(true)) => Value::boolean(true),
                    _ => {
                        let mut facts = frame.state.clone();
                        facts.facts = Rc::default();
                        for value in [&earlier, &value] {
                            if let Some(predicate) = &value.predicate {
                                facts.add_facts(&predicate.when_true);
                            }
                        }
                        Value::either().with_predicate(facts.facts, Rc::default())
                    }
                },
            });
            left = right;
        }
        result.unwrap_or_else(Value::either)
    }

    pub(super) fn compare_values(
        &mut self,
        frame: &mut Frame<'p>,
        operator: CompareOperator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Value {
        let methods = match operator {
            CompareOperator::Equal => Some(("__eq__", "__eq__")),
            CompareOperator::NotEqual => Some(("__ne__", "__ne__")),
            CompareOperator::Less => Some(("__lt__", "__gt__")),
            CompareOperator::LessEqual => Some(("__le__", "__ge__")),
            CompareOperator::Greater => Some(("__gt__", "__lt__")),
            CompareOperator::GreaterEqual => Some(("__ge__", "__le__")),
            _ => None,
        };
        if let Some(methods) = methods
            && let Some(value) = self.comparison_methods(frame, operator, methods, left, right, span)
        {
            return value;
        }
        match operator {
            CompareOperator::Equal => self.equality(frame, left, right, true, span),
            CompareOperator::NotEqual => {
                let value = self.equality(frame, left, right, true, span);
                Self::negated(&value)
            }
            CompareOperator::Is => self.equality(frame, left, right, false, span),
            CompareOperator::IsNot => {
                let value = self.equality(frame, left, right, false, span);
                Self::negated(&value)
            }
            CompareOperator::In => self.membership(frame, left, right, span),
            CompareOperator::NotIn => {
                let value = self.membership(frame, left, right, span);
                Self::negated(&value)
            }
            CompareOperator::Less
            | CompareOperator::LessEqual
            | CompareOperator::Greater
            | CompareOperator::GreaterEqual => {
                if let Some(value) = self.compare_sets(frame, operator, left, right) {
                    return value;
                }
                if let Some(value) = Self::compare_measure(frame, operator, left, right) {
                    return value;
                }
                if let Some(value) = Self::compare_characters(frame, operator, left, right) {
                    return value;
                }
                Self::demand_value(frame, left);
                Self::demand_value(frame, right);
                let order = match (left.as_constant(), right.as_constant()) {
                    (Some(one), Some(two)) => {
                        one.number().zip(two.number()).and_then(|(one, two)| one.partial_cmp(&two))
                    }
                    _ => match (left.as_string(), right.as_string()) {
                        (Some(one), Some(two)) => Some(one.cmp(two)),
                        _ => None,
                    },
                };
                match order {
                    Some(order) => Value::boolean(holds(operator, order)),
                    None => match Self::order_of_tuples(left, right) {
                        Some(order) => Value::boolean(holds(operator, order)),
                        None => Self::bounded(operator, left, right),
                    },
                }
            }
        }
    }

    /// How two tuples of known numbers and texts compare.
    fn order_of_tuples(left: &Value, right: &Value) -> Option<Ordering> {
        let ([Ref::Tuple(left_elements)], [Ref::Tuple(right_elements)]) =
            (left.refs.as_slice(), right.refs.as_slice())
        else {
            return None;
        };
        if left.other || right.other {
            return None;
        }
        for (one, two) in left_elements.iter().zip(right_elements.iter()) {
            let order = match (one.as_constant(), two.as_constant()) {
                (Some(one), Some(two)) => one.number()?.partial_cmp(&two.number()?)?,
                _ => one.as_string()?.cmp(two.as_string()?),
            };
            if order.is_ne() {
                return Some(order);
            }
        }
        Some(left_elements.len().cmp(&right_elements.len()))
    }

    /// What isn't larger than something of ours is no size of an attacker's choice.
    fn bounded(operator: CompareOperator, left: &Value, right: &Value) -> Value {
        let strict = matches!(operator, CompareOperator::Less | CompareOperator::Greater);
        let ranges = |value: &Value, by: &Value, below: bool, strict: bool| -> Vec<(Identity, Fact)> {
            match (value.identity, by.as_constant()) {
                (Some(identity), Some(Constant::Integer(bound))) => {
                    let (place, beside) = (bound.saturating_mul(2), i64::from(strict));
                    let range = if below {
                        (i64::MIN, place.saturating_sub(beside))
                    } else {
                        (place.saturating_add(beside), i64::MAX)
                    };
                    vec![(identity, Fact { range: Some(range), ..Fact::default() })]
                }
                _ => Vec::new(),
            }
        };
        let bound = |value: &Value, by: &Value, strict: bool| -> Facts {
            let cleared = KindSet::EMPTY.with(SinkKind::Size);
            let mut facts = ranges(value, by, true, strict);
            facts.extend(ranges(by, value, false, strict));
            match value.identity {
                Some(identity) if !by.has_labels() && !by.is_undefined() => {
                    facts.push((identity, Fact { cleared, ..Fact::default() }));
                }
                _ => {}
            }
            collect_facts(facts)
        };
        let (smaller, larger) = match operator {
            CompareOperator::Less | CompareOperator::LessEqual => (left, right),
            _ => (right, left),
        };
        Value::either().with_predicate(bound(smaller, larger, strict), bound(larger, smaller, !strict))
    }

    pub(super) fn negated(value: &Value) -> Value {
        let result = match value.truth() {
            Some(truth) => Value::boolean(!truth),
            None => Value::either(),
        };
        match &value.predicate {
            Some(predicate) => {
                result.with_predicate(predicate.when_false.clone(), predicate.when_true.clone())
            }
            None => result,
        }
    }

    fn equality(
        &mut self,
        frame: &mut Frame<'p>,
        left: &Value,
        right: &Value,
        by_value: bool,
        span: Span,
    ) -> Value {
        if by_value && let Some(value) = self.operator_methods(frame, ("__eq__", "__eq__"), left, right, span)
        {
            return value;
        }
        // Both known.
        if left.is_constant() && right.is_constant() && !left.is_undefined() && !right.is_undefined() {
            let both = |value: &Value| value.texts.len() + value.constants.len();
            if is_code_of(left, right) || is_code_of(right, left) {
                return Value::either();
            }
            if both(left) == 1 && both(right) == 1 {
                let same = match (left.as_constant(), right.as_constant()) {
                    (Some(one), Some(two)) => match (one.number(), two.number()) {
                        (Some(one), Some(two)) if by_value => one.to_bits() == two.to_bits(),
                        _ => one == two,
                    },
                    _ => left.texts == right.texts && left.constants == right.constants,
                };
                return Value::boolean(same);
            }
            let common = left.texts.iter().any(|text| right.texts.contains(text))
                || left.constants.iter().any(|one| right.constants.contains(one));
            if !common {
                return Value::boolean(false);
            }
        }
        if by_value && let Some(same) = same_tuples(left, right) {
            return Value::boolean(same);
        }
        if let ([Ref::Class(one)], [Ref::Class(two)]) = (left.refs.as_slice(), right.refs.as_slice())
            && !left.other
            && !right.other
        {
            return Value::boolean(one.body == two.body);
        }
        if let ([Ref::Function(one, None)], [Ref::Function(two, None)]) =
            (left.refs.as_slice(), right.refs.as_slice())
            && !left.other
            && !right.other
            && left.constants.is_empty()
            && right.constants.is_empty()
        {
            return Value::boolean(one == two);
        }
        // Builtin types have one name each.
        if let ([Ref::External(one)], [Ref::External(two)]) = (left.refs.as_slice(), right.refs.as_slice())
            && left.is_reference()
            && right.is_reference()
            && [one, two].iter().all(|name| name.as_str().starts_with("builtins."))
        {
            return Value::boolean(one == two);
        }
        if let ([Ref::Object(one)], [Ref::Object(two)]) = (left.refs.as_slice(), right.refs.as_slice())
            && !left.other
            && !right.other
            && matches!(one, crate::domain::ObjectId::Global(_))
            && matches!(two, crate::domain::ObjectId::Global(_))
            && (!by_value || self.is_member_of_enumeration(frame, *one))
        {
            return Value::boolean(one == two);
        }
        if by_value && let Some(value) = Self::signature(frame, left, right) {
            return value;
        }
        if by_value && let Some(value) = Self::same_code(frame, left, right) {
            return value;
        }
        if by_value && let Some(value) = Self::compare_measure(frame, CompareOperator::Equal, left, right) {
            return value;
        }
        Self::demand_value(frame, left);
        Self::demand_value(frame, right);
        let is_none = |value: &Value| matches!(value.as_constant(), Some(Constant::None));
        let mut when_true: Vec<(Identity, Fact)> = Vec::new();
        let mut when_false: Vec<(Identity, Fact)> = Vec::new();
        for (value, other) in [(left, right), (right, left)] {
            if is_none(other) {
                let never = !value.other
                    && !value.constants.contains(&Constant::None)
                    && !value.is_undefined()
                    && !value
                        .refs
                        .iter()
                        .any(|one| matches!(one, Ref::Object(crate::domain::ObjectId::Path(_))));
                if never {
                    return Value::boolean(false);
                }
                if let Some(identity) = value.identity {
                    when_true.push((identity, Fact { one_of: Some(other.clone()), ..Fact::default() }));
                    when_false.push((identity, Fact { not_none: true, ..Fact::default() }));
                }
                if let Some(predicate) = &value.predicate {
                    // The value is false only by being None.
                    when_true.extend(predicate.when_false.iter().cloned());
                    let only_none = value.constants.iter().all(|one| *one == Constant::None) && !value.other;
                    if only_none {
                        when_false.extend(predicate.when_true.iter().cloned());
                    }
                }
                continue;
            }
            let Some(identity) = value.identity else { continue };
            if other.is_constant() && !other.is_undefined() {
                when_true.push((identity, Fact { one_of: Some(other.clone()), ..Fact::default() }));
                // `flag == False` is `not flag`.
                if let Some(Constant::Boolean(truth)) = other.as_constant() {
                    let side = Fact { truth: Some(*truth), ..Fact::default() };
                    when_true.push((identity, side));
                }
                if other.texts.len() + other.constants.len() == 1 {
                    when_false.push((identity, Fact { none_of: Some(other.clone()), ..Fact::default() }));
                }
                if other.as_string() == Some("") {
                    when_false.push((identity, Fact { truth: Some(true), ..Fact::default() }));
                }
                if let Some(fact) = without_characters(identity, other) {
                    when_false.push((identity, fact));
                }
                if names_parent(identity, other) {
                    when_false.push((identity, no_parents()));
                }
            } else if value.has_labels() && !other.has_labels() && by_value && !other.is_undefined() {
                let labels = self.deep_labels(frame, other);
                if labels.is_empty() {
                    when_true.push((identity, Fact { trusted: true, ..Fact::default() }));
                }
            } else if by_value && value.has_labels() && other.identity != Some(identity) {
                if let Some(fact) = like(other) {
                    when_true.push((identity, fact));
                }
                if super::doubts::is_part_of_address(frame, value) {
                    when_true.push((identity, Fact { unsure: true, ..Fact::default() }));
                }
                // It is the folder itself.
                let taken = frame.state.fact(identity).is_some_and(|fact| fact.implies.is_some());
                if (taken || super::guards::normalized(value))
                    && let Some(proved) = self.lies_inside(frame, &other.own_labels())
                {
                    when_true.push((identity, proved));
                }
            }
        }
        if by_value
            && let (Some(predicate), Some(Constant::Boolean(truth))) = (&left.predicate, right.as_constant())
        {
            let (yes, no) = (&predicate.when_true, &predicate.when_false);
            let (one, two) = if *truth { (yes, no) } else { (no, yes) };
            when_true.extend(one.iter().cloned());
            when_false.extend(two.iter().cloned());
        }
        Value::either().with_predicate(collect_facts(when_true), collect_facts(when_false))
    }

    /// Members of an enumeration are equal to themselves only.
    fn is_member_of_enumeration(&mut self, frame: &mut Frame<'p>, id: crate::domain::ObjectId) -> bool {
        let ObjectKind::Instance(class) = self.kind(frame, id) else { return false };
        self.object(frame, class.namespace).field(Symbol::new("<enum>")).is_some()
            && self.external_ancestors(frame, class).iter().all(|one| {
                !matches!(one.as_str(), "builtins.str" | "builtins.int" | "enum.StrEnum" | "enum.IntEnum")
            })
    }

    /// `names.index(name)` raises where the name isn't among them.
    pub(super) fn place_in(
        &mut self,
        frame: &mut Frame<'p>,
        container: &Value,
        item: Option<&Value>,
        span: Span,
    ) -> Value {
        if let Some(item) = item.filter(|item| item.identity.is_some())
            && let Some(predicate) = self.membership(frame, item, container, span).predicate.as_ref()
        {
            for (identity, fact) in predicate.when_true.iter() {
                Self::establish(&mut frame.state, *identity, fact);
            }
        }
        Value::unknown()
    }

    fn membership(&mut self, frame: &mut Frame<'p>, item: &Value, container: &Value, span: Span) -> Value {
        if let Some(contained) = self.flag_contains(frame, item, container) {
            return Value::boolean(contained);
        }
        if let Some(method) = self.special_method(frame, container, "__contains__") {
            return self.call(frame, &method, &Arguments::of(vec![item.clone()]), span);
        }
        Self::demand_value(frame, container);
        Self::demand_value(frame, item);
        // In a text.
        if let Some(text) = container.as_string() {
            if let Some(item) = item.as_string() {
                return Value::boolean(text.contains(item));
            }
            if let Some(identity) = item.identity {
                let fact = Fact { chars: CharSet::of(text), ..Fact::default() };
                let mut absent = Facts::default();
                if identity.is_character() && text.is_ascii() {
                    absent = Rc::new(vec![(identity, Fact { chars: !CharSet::of(text), ..Fact::default() })]);
                }
                return Value::either().with_predicate(Rc::new(vec![(identity, fact)]), absent);
            }
            return Value::either();
        }
        // A text in a text that isn't known: a deny-list.
        if let Some(needles) = item.as_strings()
            && container
                .refs
                .iter()
                .all(|one| matches!(one, Ref::Instance(_) | Ref::Object(crate::domain::ObjectId::Path(_))))
        {
            let mut sure = None;
            if let [needle] = needles.as_slice() {
                // The known parts decide, if they hold it.
                if !container.other
                    && !container.texts.is_empty()
                    && container.texts.iter().all(|text| {
                        text.parts().iter().any(
                        |part| matches!(part, crate::domain::Part::Literal(text) if text.contains(needle)),
                    )
                    })
                {
                    sure = Some(true);
                }
                if let Some(all) = container.as_strings()
                    && all.iter().all(|text| !text.contains(needle))
                {
                    sure = Some(false);
                }
            }
            if let Some(sure) = sure {
                return Value::boolean(sure);
            }
            if let Some(identity) = container.identity {
                let mut absent = vec![(identity, absence(&needles))];
                absent.extend(quoted_literal(frame, identity, &needles));
                return Value::either().with_predicate(Rc::default(), collect_facts(absent));
            }
            return Value::either();
        }
        if container
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Instance(name) if name.as_str() == "pathlib._Paths"))
            && let Some(identity) = container.identity
            && let labels = self.deep_labels(frame, item)
            && let Some(folder) = self.folder_of(&labels)
        {
            // Only the caller knows what a folder is that it hands over.
            for &path in &folder {
                Self::demand(frame, path);
            }
            let fact = Fact { cleared: super::guards::PATHS, ..Fact::default() };
            let fact = if folder.is_empty() {
                fact
            } else {
                Fact { inside: Some(Rc::new(folder)), ..Fact::default() }
            };
            return Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Rc::default());
        }
        if item.as_string() == Some("..")
            && let Some(path) = self.path_of_segments(frame, container)
        {
            return Value::either().with_predicate(Rc::default(), Rc::new(vec![(path, no_parents())]));
        }
        // In a collection: of keys, or of elements.
        let mut members = Value::undefined();
        let mut exact = !container.other && !container.refs.is_empty();
        let mut collections = false;
        let mut fixed = true;
        for reference in &container.refs {
            match reference {
                Ref::Tuple(elements) => {
                    collections = true;
                    for element in elements.iter() {
                        Self::demand_value(frame, element);
                        members = members.join(element);
                    }
                }
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match &object.kind {
                        ObjectKind::Dictionary => {
                            collections = true;
                            members = members.join(&object.all_keys());
                            exact &= object.exact && object.keys.is_undefined();
                            fixed &= object.optional.is_empty();
                        }
                        ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator => {
                            collections = true;
                            object.elements.iter().for_each(|element| Self::demand_value(frame, element));
                            members = members.join(&object.all());
                            exact &= object.exact;
                        }
                        ObjectKind::Instance(_) if object.field(Symbol::new("value")).is_some() => {
                            exact = false;
                        }
                        _ => {
                            exact = false;
                            members = members.join(&self.element(frame, &Value::object(*id), span));
                        }
                    }
                }
                Ref::Class(class) => {
                    // An enum: its members' values.
                    collections = true;
                    let namespace = self.object(frame, class.namespace);
                    for (_, value) in &namespace.fields {
                        if let Some(Ref::Object(id)) = value.refs.first() {
                            let member = self.object(frame, *id);
                            if let Some(value) = member.field(Symbol::new("value")) {
                                members = members.join(value);
                            }
                        }
                    }
                }
                _ => exact = false,
            }
        }
        if collections && exact && members.is_undefined() {
            return Value::boolean(false);
        }
        if exact && members.is_constant() && item.is_constant() {
            let all_in = item.texts.iter().all(|text| members.texts.contains(text))
                && item.constants.iter().all(|one| members.constants.contains(one));
            let none_in = !item.texts.iter().any(|text| members.texts.contains(text))
                && !item.constants.iter().any(|one| members.constants.contains(one));
            if none_in {
                return Value::boolean(false);
            }
            if all_in && fixed && item.texts.len() + item.constants.len() == 1 {
                return Value::boolean(true);
            }
        }
        let Some(identity) = item.identity else { return Value::either() };
        let mut absent = Facts::default();
        if exact && fixed && members.is_constant() {
            absent = Rc::new(vec![(identity, Fact { none_of: Some(members.clone()), ..Fact::default() })]);
        }
        if exact && let Some(value) = self.code_among(frame, identity, container) {
            return value;
        }
        if identity.is_character()
            && exact
            && let Some(chars) = self.characters(frame, container)
        {
            let fact = Fact { chars: !(chars & CharSet::ASCII), ..Fact::default() };
            absent = with_fact(&absent, identity, &fact);
        }
        if exact && names_parent(identity, &members) {
            absent = with_fact(&absent, identity, &no_parents());
        }
        let fact = if collections && !members.is_undefined() && members.is_constant() {
            Fact { one_of: Some(members), not_none: true, ..Fact::default() }
        } else {
            let labels = self.deep_labels(frame, container);
            let symbolic =
                container.refs.iter().any(|one| matches!(one, Ref::Object(crate::domain::ObjectId::Path(_))));
            // What a caller has given may be the program's own table.
            let may_be_ours = !labels.is_empty()
                && labels.iter().all(|label| matches!(label.origin, Origin::Path(_)))
                || labels.is_empty() && symbolic;
            if labels.is_empty() && (collections || !symbolic) && !members.has_labels() {
                Fact { trusted: true, ..Fact::default() }
            } else if may_be_ours || super::doubts::is_part_of_address(frame, item) {
                Fact { unsure: true, ..Fact::default() }
            } else {
                return Value::either().with_predicate(Rc::default(), absent);
            }
        };
        Value::either().with_predicate(Rc::new(vec![(identity, fact)]), absent)
    }

    /// The constant keys that a value can be.
    pub(super) fn keys(value: &Value) -> Option<Vec<Key>> {
        Key::of(value)
    }

    /// `text.startswith(prefix)` and its kin.
    pub(super) fn starts_with(&mut self, frame: &mut Frame<'p>, text: &Value, prefix: &Value) -> Value {
        Self::demand_value(frame, prefix);
        let prefixes: Option<Vec<String>> = match prefix.refs.as_slice() {
            [Ref::Tuple(elements)] => elements.iter().map(|one| one.as_string().map(str::to_owned)).collect(),
            _ => prefix.as_strings().map(|all| all.into_iter().map(str::to_owned).collect()),
        };
        if let (Some(all), Some(prefixes)) = (text.as_strings(), &prefixes) {
            let hits = all
                .iter()
                .filter(|text| prefixes.iter().any(|prefix| text.starts_with(prefix.as_str())))
                .count();
            if hits == all.len() {
                return Value::boolean(true);
            }
            if hits == 0 {
                return Value::boolean(false);
            }
        }
        let normalized = text.has_labels()
            && text.own_labels().iter().all(|label| label.normalized || label.form.has(Form::NO_PARENTS));
        if let Some(prefixes) = &prefixes
            && !text.other
            && !text.texts.is_empty()
            && text.constants.is_empty()
            && text.refs.is_empty()
            && !normalized
        {
            let sure = |wanted: bool| {
                text.texts.iter().all(|text| {
                    let known = text.prefix();
                    prefixes.iter().any(|prefix| known.starts_with(prefix.as_str())) == wanted
                        && (wanted || prefixes.iter().all(|prefix| !prefix.starts_with(known)))
                })
            };
            if sure(true) {
                return Value::boolean(true);
            }
            if sure(false) && text.texts.iter().all(|text| !text.prefix().is_empty()) {
                return Value::boolean(false);
            }
        }
        // Every text begins with none.
        if prefixes.as_ref().is_some_and(|all| all.iter().any(String::is_empty)) {
            return Value::boolean(true);
        }
        let Some(identity) = text.identity else { return Value::either() };
        let mut fact = Fact::default();
        // What it doesn't begin with.
        let mut form = Form::NONE;
        for prefix in prefixes.iter().flatten() {
            match prefix.as_str() {
                "/" => form = form.union(Form::RELATIVE),
                "-" => form = form.union(Form::NO_OPTION),
                // Only at the beginning of a normal path there can be some.
                ".." | "../" if normalized => form = form.union(Form::NO_PARENTS),
                _ => {}
            }
        }
        let absent = if form == Form::NONE {
            Facts::default()
        } else {
            Rc::new(vec![(identity, Fact { form, ..Fact::default() })])
        };
        match prefixes.as_deref() {
            Some([one]) => {
                if text.other || !text.texts.is_empty() {
                    fact.prefix = Some(Symbol::new(one));
                }
                if normalized && (one.ends_with('/') || one.ends_with('\\')) && one.len() > 1 {
                    fact.cleared = fact.cleared.with(SinkKind::Path).with(SinkKind::Archive);
                }
            }
            Some(several) => {
                if several.iter().all(|one| one.contains("://") && one.matches('/').count() >= 3) {
                    fact.cleared =
                        fact.cleared.with(SinkKind::Url).with(SinkKind::Redirect).with(SinkKind::Host);
                }
                if normalized && several.iter().all(|one| one.ends_with('/')) {
                    fact.cleared = fact.cleared.with(SinkKind::Path).with(SinkKind::Archive);
                }
            }
            None => {
                let labels = self.deep_labels(frame, prefix);
                // A folder that isn't known: with a separator behind it, as far as that is known.
                let separated = prefix.texts.iter().any(|text| text.suffix().ends_with(['/', '\\']))
                    || prefix.texts.is_empty();
                if normalized
                    && separated
                    && let Some(proved) = self.lies_inside(frame, &labels)
                {
                    fact = proved;
                }
            }
        }
        Value::either().with_predicate(Rc::new(vec![(identity, fact)]), absent)
    }

    pub(super) fn ends_with(frame: &mut Frame<'p>, text: &Value, suffix: &Value) -> Value {
        Self::demand_value(frame, suffix);
        let suffixes: Option<Vec<String>> = match suffix.refs.as_slice() {
            [Ref::Tuple(elements)] => elements.iter().map(|one| one.as_string().map(str::to_owned)).collect(),
            _ => suffix.as_strings().map(|all| all.into_iter().map(str::to_owned).collect()),
        };
        if let (Some(all), Some(suffixes)) = (text.as_strings(), &suffixes) {
            let hits = all
                .iter()
                .filter(|text| suffixes.iter().any(|suffix| text.ends_with(suffix.as_str())))
                .count();
            if hits == all.len() {
                return Value::boolean(true);
            }
            if hits == 0 {
                return Value::boolean(false);
            }
        }
        let Some(identity) = text.identity else { return Value::either() };
        // A host that ends in ".ours.example" is ours: what follows for its URL is in `implies`.
        if let Some(suffixes) = suffixes
            && suffixes.iter().all(|suffix| suffix.starts_with('.') && suffix.len() > 2)
        {
            let fact = Fact { cleared: KindSet::EMPTY.with(SinkKind::Host), ..Fact::default() };
            let mut facts = vec![(identity, fact)];
            // A file with one of these endings is what the program wants, whoever names it.
            if suffixes.iter().all(|suffix| !is_active_ending(suffix)) {
                let fact = Fact { cleared: KindSet::EMPTY.with(SinkKind::WritePath), ..Fact::default() };
                let whole = frame.state.fact(identity).and_then(|fact| fact.without).map(|(whole, _)| whole);
                facts.extend(whole.into_iter().chain([identity]).map(|own| (own, fact.clone())));
            }
            return Value::either().with_predicate(collect_facts(facts), Rc::default());
        }
        Value::either()
    }
}

/// Endings of files that a server or a browser runs.
fn is_active_ending(ending: &str) -> bool {
    matches!(
        ending.to_ascii_lowercase().as_str(),
        ".html"
            | ".htm"
            | ".xhtml"
            | ".shtml"
            | ".svg"
            | ".xml"
            | ".js"
            | ".py"
            | ".php"
            | ".cgi"
            | ".sh"
            | ".jsp"
            | ".exe"
    )
}

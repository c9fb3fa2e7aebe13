//! `match` statements.

use vansire_python::Symbol;
use vansire_python::ir::{CompareOperator, Expr, ExprKind, MatchCase, Pattern, PatternKind, Span};

use super::{Frame, Solver};
use crate::domain::{Fact, Object, ObjectId, ObjectKind, Ref, State, Value};
use crate::text::{CharSet, KindSet, SinkKind};

impl<'p> Solver<'p> {
    pub(super) fn match_statement(
        &mut self,
        frame: &mut Frame<'p>,
        subject: &'p Expr,
        cases: &'p [MatchCase],
    ) {
        let value = self.expression(frame, subject);
        let value = self.identified(frame, value, subject.span, 35);
        if !frame.state.alive {
            return;
        }
        let mut remaining: Option<State> = Some(frame.state.clone());
        let mut after: Option<State> = None;
        for case in cases {
            let Some(state) = remaining.take() else { break };
            frame.state = state.clone();
            let subject = self.read(frame, &value);
            let certainty = self.matches(frame, &case.pattern, &subject);
            let mut no = if certainty == Some(true) { None } else { Some(state) };
            if let Some(no) = &mut no {
                self.refute(frame, &case.pattern, &subject, no);
            }
            if certainty == Some(false) || !frame.state.alive {
                remaining = no;
                continue;
            }
            let mut yes = Some(frame.state.clone());
            if let Some(guard) = &case.guard {
                let (held, failed) = self.condition(frame, guard);
                yes = held;
                no = self.join_states(frame, no, failed);
            }
            let end = self.branch(frame, yes, |solver, frame| solver.block(frame, &case.body));
            after = self.join_states(frame, after, end);
            remaining = no;
        }
        self.resume(frame, after, remaining);
    }

    /// What it shows of a value that a pattern of constants doesn't match it.
    fn refute(&mut self, frame: &mut Frame<'p>, pattern: &'p Pattern, value: &Value, state: &mut State) {
        let wanted = match &pattern.kind {
            PatternKind::Or(alternatives) => {
                for alternative in alternatives {
                    self.refute(frame, alternative, value, state);
                }
                return;
            }
            PatternKind::As { pattern: Some(inner), .. } => return self.refute(frame, inner, value, state),
            PatternKind::Value(Expr { kind: ExprKind::Constant(constant), .. })
            | PatternKind::Singleton(constant) => Self::constant(constant),
            _ => return,
        };
        if value.identity.is_none() {
            return;
        }
        let result = self.compare_values(frame, CompareOperator::Equal, value, &wanted, pattern.span);
        if let Some(predicate) = &result.predicate {
            for (identity, fact) in predicate.when_false.iter() {
                Self::establish(state, *identity, fact);
            }
        }
    }

    /// Matches a value, in the state of the frame: binds names, adds what a match proves. Surely,
    /// surely not, or perhaps.
    fn matches(&mut self, frame: &mut Frame<'p>, pattern: &'p Pattern, value: &Value) -> Option<bool> {
        match &pattern.kind {
            PatternKind::Value(expression) => {
                let wanted = self.expression(frame, expression);
                self.equals(frame, value, &wanted, pattern.span)
            }
            PatternKind::Singleton(constant) => {
                let wanted = Self::constant(constant);
                self.equals(frame, value, &wanted, pattern.span)
            }
            PatternKind::As { pattern: inner, name } => {
                let certainty = match inner {
                    Some(inner) => self.matches(frame, inner, value),
                    None => Some(true),
                };
                if let Some((variable, name)) = name {
                    let value = self.read(frame, value);
                    let value = self.identified(frame, value, pattern.span, 36);
                    let value = self.stored(frame, value, *name, pattern.span);
                    self.set_variable(frame, *variable, value);
                }
                certainty
            }
            PatternKind::Or(alternatives) => {
                let before = frame.state.clone();
                let mut after: Option<State> = None;
                let mut certainty = Some(false);
                for alternative in alternatives {
                    frame.state = before.clone();
                    match self.matches(frame, alternative, value) {
                        Some(false) => {}
                        one => {
                            let state = frame.state.clone();
                            after = self.join_states(frame, after, Some(state));
                            if certainty != Some(true) {
                                certainty = one;
                            }
                        }
                    }
                }
                match after {
                    Some(state) => {
                        frame.state = state;
                        // It is one of the values of the alternatives.
                        let constants: Option<Vec<Value>> = alternatives
                            .iter()
                            .map(|one| match &one.kind {
                                PatternKind::Value(expression) => {
                                    let value = self.expression(frame, expression);
                                    value.is_constant().then_some(value)
                                }
                                _ => None,
                            })
                            .collect();
                        if let (Some(constants), Some(identity)) = (constants, value.identity) {
                            let one_of = constants.iter().fold(Value::undefined(), |all, one| all.join(one));
                            frame.state.forget(identity);
                            frame.state.add_fact(identity, &Fact { one_of: Some(one_of), ..Fact::default() });
                        }
                    }
                    None => certainty = Some(false),
                }
                certainty
            }
            PatternKind::Sequence(patterns) => self.match_sequence(frame, patterns, value, pattern.span),
            PatternKind::Mapping { entries, rest } => {
                let mut certainty = None;
                for (key, inner) in entries {
                    let key = self.expression(frame, key);
                    let item = self.subscript(frame, value, &key, pattern.span);
                    let item = self.identified(frame, item, inner.span, 37);
                    if self.matches(frame, inner, &item) == Some(false) {
                        return Some(false);
                    }
                }
                if let Some((variable, _)) = rest {
                    let mut copy = self.copy_container(frame, value, pattern.span, 38);
                    if copy.refs.is_empty() {
                        copy = Value::opaque(value.own_labels().inexact());
                    }
                    if let Some(Ref::Object(id)) = copy.refs.first() {
                        let id = *id;
                        let mut keys = Vec::new();
                        for (key, _) in entries {
                            let key = self.expression(frame, key);
                            keys.extend(Self::keys(&key).unwrap_or_default());
                        }
                        self.change(frame, id, |object| {
                            object.entries.retain(|(key, _)| !keys.contains(key));
                        });
                    }
                    self.set_variable(frame, *variable, copy);
                }
                if entries.is_empty()
                    && let [Ref::Object(id)] = value.refs.as_slice()
                    && !value.other
                    && self.kind(frame, *id) == ObjectKind::Dictionary
                {
                    certainty = Some(true);
                }
                certainty
            }
            PatternKind::Class { class, positional, keywords } => {
                let class = self.expression(frame, class);
                let certainty = self.instance_check(frame, value, &class);
                if certainty == Some(false) {
                    return Some(false);
                }
                let value = self.narrowed(frame, value, &class);
                let mut sure = certainty;
                let builtin = class
                    .refs
                    .iter()
                    .any(|one| matches!(one, Ref::External(name) if name.as_str().starts_with("builtins.")));
                if builtin && let [inner] = positional.as_slice() {
                    match self.matches(frame, inner, &value) {
                        Some(false) => return Some(false),
                        None => sure = None,
                        Some(true) => {}
                    }
                } else if !positional.is_empty() {
                    let names = self.match_arguments(frame, &class);
                    for (at, inner) in positional.iter().enumerate() {
                        let item = match names.get(at) {
                            Some(name) => self.attribute(frame, &value, *name, inner.span),
                            None => Value::opaque(value.own_labels().inexact()),
                        };
                        let item = self.identified(frame, item, inner.span, 39);
                        match self.matches(frame, inner, &item) {
                            Some(false) => return Some(false),
                            None => sure = None,
                            Some(true) => {}
                        }
                    }
                }
                for (name, inner) in keywords {
                    let item = self.attribute(frame, &value, *name, inner.span);
                    let item = self.identified(frame, item, inner.span, 39);
                    match self.matches(frame, inner, &item) {
                        Some(false) => return Some(false),
                        None => sure = None,
                        Some(true) => {}
                    }
                }
                sure
            }
            PatternKind::Star(_) => Some(true),
        }
    }

    fn equals(&mut self, frame: &mut Frame<'p>, value: &Value, wanted: &Value, span: Span) -> Option<bool> {
        let result = self.compare_values(frame, CompareOperator::Equal, value, wanted, span);
        let (yes, no) = self.split(frame, &result);
        match (yes, no) {
            (None, _) => Some(false),
            (Some(state), None) => {
                frame.state = state;
                Some(true)
            }
            (Some(state), Some(_)) => {
                frame.state = state;
                None
            }
        }
    }

    fn match_sequence(
        &mut self,
        frame: &mut Frame<'p>,
        patterns: &'p [Pattern],
        value: &Value,
        span: Span,
    ) -> Option<bool> {
        let star = patterns.iter().position(|one| matches!(one.kind, PatternKind::Star(_)));
        if value.refs.is_empty() && !value.other && value.is_constant() {
            return Some(false);
        }
        let known = if value.texts.is_empty() { self.known_elements(frame, value) } else { None };
        let mut certainty = known.is_some().then_some(true);
        if let Some(elements) = &known {
            let fits = match star {
                None => elements.len() == patterns.len(),
                Some(_) => elements.len() + 1 >= patterns.len(),
            };
            if !fits {
                return Some(false);
            }
        }
        for (at, inner) in patterns.iter().enumerate() {
            if let PatternKind::Star(name) = &inner.kind {
                let list = if let Some(elements) = &known {
                    let mut object = Object::new(ObjectKind::List);
                    object.elements = elements[at..elements.len() + 1 + at - patterns.len()].to_vec();
                    Value::object(self.allocate(frame, inner.span, 41, object))
                } else {
                    let element = self.element(frame, value, span);
                    self.loose_list(frame, element, inner.span, 41)
                };
                if let Some((variable, _)) = name {
                    self.set_variable(frame, *variable, list);
                }
                continue;
            }
            let item = match &known {
                Some(elements) => {
                    let index = if star.is_some_and(|star| at > star) {
                        elements.len() + at - patterns.len()
                    } else {
                        at
                    };
                    elements[index].clone()
                }
                None if star.is_none() => self.subscript(frame, value, &Value::integer(at as i64), span),
                None => self.element(frame, value, span),
            };
            let item = self.identified(frame, item, inner.span, 42);
            match self.matches(frame, inner, &item) {
                Some(false) => return Some(false),
                None => certainty = None,
                Some(true) => {}
            }
        }
        certainty
    }

    /// The attributes that positional patterns of a class stand for.
    fn match_arguments(&mut self, frame: &mut Frame<'p>, class: &Value) -> Vec<Symbol> {
        for reference in &class.refs {
            if let Ref::Class(class) = reference {
                if let Some((names, _)) = self.class_lookup(frame, *class, Symbol::new("__match_args__"))
                    && let Some(names) = self.known_elements(frame, &names)
                {
                    return names.iter().filter_map(|name| name.as_string().map(Symbol::new)).collect();
                }
                let lineage = self.lineage(frame, *class);
                return self.annotated_fields(frame, &lineage).into_iter().map(|(name, _)| name).collect();
            }
        }
        Vec::new()
    }

    /// `isinstance(value, class)`, as far as it's known.
    pub(super) fn instance_check(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        class: &Value,
    ) -> Option<bool> {
        if value.is_undefined() {
            return None;
        }
        let mut wanted: Vec<Ref> = Vec::new();
        for reference in &class.refs {
            match reference {
                Ref::Tuple(elements) => {
                    wanted.extend(elements.iter().flat_map(|one| one.refs.iter().cloned()));
                }
                other => wanted.push(other.clone()),
            }
        }
        if value.other || class.other || wanted.is_empty() {
            Self::demand_value(frame, value);
            return None;
        }
        let is =
            |name: &str| wanted.iter().any(|one| matches!(one, Ref::External(own) if own.as_str() == name));
        let mut result: Option<bool> = None;
        let mut see = |truth: bool| -> bool {
            match result {
                None => {
                    result = Some(truth);
                    true
                }
                Some(earlier) => earlier == truth,
            }
        };
        if !value.texts.is_empty() && !see(is("builtins.str") || is("builtins.bytes")) {
            return None;
        }
        for constant in &value.constants {
            use crate::domain::Constant;
            let truth = match constant {
                Constant::None => is("types.NoneType"),
                Constant::Boolean(_) => is("builtins.bool") || is("builtins.int"),
                Constant::Integer(_) => is("builtins.int"),
                Constant::Float(_) => is("builtins.float"),
                Constant::Ellipsis => false,
            };
            if !see(truth) {
                return None;
            }
        }
        for reference in &value.refs {
            let truth = match reference {
                Ref::Tuple(_) => is("builtins.tuple"),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::List => is("builtins.list"),
                    ObjectKind::Dictionary => is("builtins.dict"),
                    ObjectKind::Set => is("builtins.set"),
                    ObjectKind::Instance(own) => {
                        let lineage = self.lineage(frame, own);
                        lineage.iter().any(|ancestor| match ancestor {
                            super::classes::Ancestor::Class(class) => wanted
                                .iter()
                                .any(|one| matches!(one, Ref::Class(own) if own.body == class.body)),
                            super::classes::Ancestor::External(name) => {
                                wanted.iter().any(|one| matches!(one, Ref::External(own) if own == name))
                            }
                        })
                    }
                    _ => return None,
                },
                _ => return None,
            };
            if !see(truth) {
                return None;
            }
        }
        result
    }

    /// What instances of these classes can have as text, where that is little: numbers, dates, identifiers,
    /// members of the project's enumerations.
    pub(super) fn class_fact(&mut self, frame: &mut Frame<'p>, class: &Value) -> Option<Fact> {
        if class.other || class.refs.is_empty() {
            return None;
        }
        let mut classes: Vec<Ref> = Vec::new();
        for reference in &class.refs {
            match reference {
                Ref::Tuple(elements) => {
                    for element in elements.iter() {
                        if element.other || element.refs.is_empty() {
                            return None;
                        }
                        classes.extend(element.refs.iter().cloned());
                    }
                }
                other => classes.push(other.clone()),
            }
        }
        let mut chars = CharSet::EMPTY;
        let mut trusted = true;
        for class in classes {
            match class {
                Ref::External(name) => match name.as_str() {
                    "builtins.int" | "builtins.float" | "builtins.bool" => chars = chars | CharSet::NUMBER,
                    "decimal.Decimal" | "types.NoneType" => chars = chars | CharSet::class("A-Za-z0-9.+-"),
                    "datetime.date" | "datetime.datetime" | "datetime.time" | "datetime.timedelta" => {
                        trusted = false;
                        chars = chars | CharSet::class("A-Za-z0-9:.+, -");
                    }
                    "uuid.UUID" => {
                        trusted = false;
                        chars = chars | CharSet::class("0-9a-f-");
                    }
                    "ipaddress.IPv4Address" => {
                        trusted = false;
                        chars = chars | CharSet::class("0-9.");
                    }
                    _ => return None,
                },
                Ref::Class(class) => {
                    self.object(frame, class.namespace).field(Symbol::new("<enum>"))?;
                }
                _ => return None,
            }
        }
        if chars.is_empty() {
            chars = CharSet::NUMBER;
        }
        Some(Fact { chars, trusted, ..Fact::default() })
    }

    /// What isn't a text is written to a log without line breaks.
    pub(super) fn fact_of_other_than(&self, value: &Value, class: &Value) -> Option<Fact> {
        let text = |one: &Ref| matches!(one, Ref::External(name) if name.as_str() == "builtins.str");
        if !value.has_labels() || class.other || !matches!(class.refs.as_slice(), [one] if text(one)) {
            return None;
        }
        // What can only have been a text isn't there at all.
        if value.refs.is_empty() && value.own_labels().iter().all(|label| self.is_text_at_source(label)) {
            return Some(Fact { trusted: true, ..Fact::default() });
        }
        let cleared = KindSet::EMPTY.with(SinkKind::Log);
        Some(Fact { cleared, ..Fact::default() })
    }

    /// Data that a client sent is no instance of a class that isn't for data.
    pub(super) fn fact_of_foreign(&self, value: &Value, class: &Value) -> Option<Fact> {
        const DATA: [&str; 6] = ["builtins", "collections", "typing", "numbers", "datetime", "types"];
        let models = self.input.models;
        // An object of the caller's may well be one of the project's own.
        let inputs = value.refs.iter().all(|one| matches!(one, Ref::Object(ObjectId::Path(_))));
        let foreign = |one: &Ref| match one {
            Ref::Class(_) => value.refs.is_empty(),
            Ref::External(name) => {
                let package = name.as_str().split('.').next().unwrap_or_default();
                !DATA.contains(&package) && !models.types.contains_key(&models.canonical(*name))
            }
            _ => false,
        };
        (inputs
            && value.has_labels()
            && !class.other
            && !class.refs.is_empty()
            && class.refs.iter().all(foreign))
        .then(|| Fact { unsure: true, ..Fact::default() })
    }

    /// A value of which `isinstance` was found true.
    fn narrowed(&mut self, frame: &mut Frame<'p>, value: &Value, class: &Value) -> Value {
        let numeric = class.refs.iter().all(|one| {
            matches!(one, Ref::External(name) if matches!(name.as_str(), "builtins.int" | "builtins.float" | "builtins.bool"))
        }) && !class.refs.is_empty();
        if numeric {
            if let Some(identity) = value.identity {
                let fact = Fact { chars: CharSet::NUMBER, trusted: true, ..Fact::default() };
                frame.state.add_fact(identity, &fact);
            }
            return self.read(frame, value);
        }
        let textual = class.refs.iter().all(|one| {
            matches!(one, Ref::External(name) if matches!(name.as_str(), "builtins.str" | "builtins.bytes"))
        }) && !class.refs.is_empty();
        if textual && !value.texts.is_empty() {
            return value.edit(|data| {
                data.refs.clear();
                data.constants.clear();
            });
        }
        let mut kept = Vec::new();
        for reference in &value.refs {
            let one = Value::reference(reference.clone());
            if self.instance_check(frame, &one, class) != Some(false) {
                kept.push(reference.clone());
            }
        }
        value.edit(|data| data.refs = kept.into_iter().collect())
    }
}

//! Numbers, filters and iterators: the parts of builtin functions, and `itertools`.

use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Fact, Identity, Key, Object, ObjectKind, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    /// The element, if the function lets it through; and whether that is sure.
    pub(super) fn filtered_element(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        element: &Value,
        span: Span,
    ) -> (Option<Value>, bool) {
        let (kept, _, sure) = self.tested_element(frame, function, element, span);
        (kept, sure)
    }

    /// Of known elements those up to the first that fails a test (`takewhile`), or those from there on (`dropwhile`).
    fn cut_where(
        &mut self,
        frame: &mut Frame<'p>,
        test: &Value,
        elements: Vec<Value>,
        takes: bool,
        span: Span,
    ) -> Value {
        let mut object = Object::new(ObjectKind::Iterator);
        let mut elements = elements.into_iter();
        while let Some(element) = elements.next() {
            let (kept, left_out, _) = self.tested_element(frame, test, &element, span);
            let passes = kept.is_some();
            if takes && let Some(kept) = kept {
                object.push(kept);
            }
            let Some(left_out) = left_out else { continue };
            if passes {
                // It may be this one or any behind it.
                object.forget_positions();
            }
            if !takes {
                object.push(left_out);
                if passes {
                    continue;
                }
                elements.by_ref().for_each(|element| object.push(element));
            }
            if !passes {
                break;
            }
        }
        Value::object(self.allocate(frame, span, 96, object))
    }

    /// The element as it is where a test holds, where it doesn't, and whether which of them it is is sure.
    pub(super) fn tested_element(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        element: &Value,
        span: Span,
    ) -> (Option<Value>, Option<Value>, bool) {
        let tested = if matches!(function.as_constant(), Some(Constant::None)) {
            element.clone()
        } else {
            // Which of them pass hangs on what each of them is.
            frame.deciding = true;
            let tested = self.call(frame, function, &Arguments::of(vec![element.clone()]), span);
            frame.deciding = false;
            tested
        };
        let before = frame.state.clone();
        let (yes, no) = self.split(frame, &tested);
        let sure = yes.is_none() || no.is_none();
        let mut read = |state| {
            frame.state = state;
            self.read(frame, element)
        };
        let (kept, left_out) = (yes.map(&mut read), no.map(&mut read));
        frame.state = before;
        (kept, left_out, sure)
    }

    pub(super) fn number(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        value: Option<&Value>,
        span: Span,
    ) -> Value {
        let Some(value) = value else {
            return match name {
                "int" => Value::integer(0),
                "bool" => Value::boolean(false),
                _ => Value::constant(Constant::Float(0.0)),
            };
        };
        if name == "bool" {
            let result = match value.truth().or_else(|| self.object_truth(frame, value)) {
                Some(truth) => Value::boolean(truth),
                None => Value::either(),
            };
            let result = match &value.predicate {
                Some(predicate) => {
                    result.with_predicate(predicate.when_true.clone(), predicate.when_false.clone())
                }
                None => result,
            };
            return result;
        }
        if let Some(text) = value.as_string() {
            let text = text.trim().replace('_', "");
            match name {
                "int" => {
                    if let Ok(number) = text.parse() {
                        return Value::integer(number);
                    }
                }
                _ => {
                    if let Ok(number) = text.parse() {
                        return Value::constant(Constant::Float(number));
                    }
                }
            }
        }
        if let Some(constant) = value.as_constant() {
            match (name, constant) {
                ("int", Constant::Float(number)) => return Value::integer(*number as i64),
                ("int", Constant::Boolean(flag)) => return Value::integer(i64::from(*flag)),
                ("int", Constant::Integer(_)) => return value.clone(),
                ("float", constant) => {
                    if let Some(number) = constant.number() {
                        return Value::constant(Constant::Float(number));
                    }
                }
                _ => {}
            }
        }
        // That it didn't raise says what the text was made of: digits, but blanks around them too.
        if let Some(identity) = value.identity
            && name == "int"
        {
            let chars = CharSet::DIGITS | CharSet::of("+-_") | CharSet::SPACE;
            frame.state.add_fact(identity, &Fact { chars: chars.with_other(), ..Fact::default() });
        } else if let Some(identity) = value.identity {
            let chars = CharSet::NUMBER | CharSet::SPACE | CharSet::of("INFATYinfaty");
            frame.state.add_fact(identity, &Fact { chars: chars.with_other(), ..Fact::default() });
        }
        if let Some(method) = self.special_method(frame, value, "__int__") {
            return self.call(frame, &method, &Arguments::default(), span);
        }
        // Digits harm nobody, but as a size; and `chr` makes the character of a number again.
        let chars = if name == "int" {
            CharSet::DIGITS | CharSet::of("-")
        } else {
            CharSet::NUMBER.minus(CharSet::of("_"))
        };
        let labels = self.deep_labels(frame, value);
        let identity = Identity::Site(span.start, 101);
        frame.state.forget(identity);
        Value::opaque(labels.restrict(CharSet::EMPTY, chars).inexact()).with_identity(Some(identity))
    }

    pub(super) fn translation_table(
        &mut self,
        frame: &mut Frame<'p>,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        match arguments.positional.as_slice() {
            [mapping] => return mapping.clone(),
            [from, to, rest @ ..] => {
                let (Some(from), Some(to)) = (from.as_string(), to.as_string()) else {
                    return Value::unknown();
                };
                for (one, two) in from.chars().zip(to.chars()) {
                    object.set_entry(Key::Integer(one as i64), Value::string(&two.to_string()));
                }
                if let Some(removed) = rest.first() {
                    let Some(removed) = removed.as_string() else { return Value::unknown() };
                    for one in removed.chars() {
                        object.set_entry(Key::Integer(one as i64), Value::none());
                    }
                }
            }
            [] => {}
        }
        Value::object(self.allocate(frame, span, 94, object))
    }

    /// `zip` and `enumerate`.
    pub(super) fn zipped(
        &mut self,
        frame: &mut Frame<'p>,
        sequences: &[Value],
        start: Option<i64>,
        span: Span,
    ) -> Value {
        let enumerated = sequences.len() == 1 && start.is_some();
        let known: Option<Vec<(Vec<Value>, bool)>> =
            sequences.iter().map(|one| self.first_elements(frame, one, span)).collect();
        let mut object = Object::new(ObjectKind::Iterator);
        // The shortest ends all; of those that are longer no more than their beginning is asked for.
        let shortest = known.as_ref().and_then(|lists| {
            let ends = lists.iter().filter(|(_, ends)| *ends).map(|(list, _)| list.len()).min()?;
            lists.iter().all(|(list, whole)| *whole || list.len() >= ends).then_some(ends)
        });
        let known: Option<Vec<Vec<Value>>> = known
            .filter(|_| shortest.is_some())
            .map(|lists| lists.into_iter().map(|(list, _)| list).collect());
        match known {
            Some(lists) if !lists.is_empty() => {
                let count = shortest.unwrap_or(0);
                for at in 0..count {
                    let mut parts: Vec<Value> = lists.iter().map(|list| list[at].clone()).collect();
                    if enumerated {
                        parts.insert(0, Value::integer(start.unwrap_or(0) + at as i64));
                    }
                    object.push(Value::tuple(parts));
                }
            }
            _ => {
                sequences.iter().for_each(|one| Self::demand_value(frame, one));
                let mut parts: Vec<Value> =
                    sequences.iter().map(|one| self.element(frame, one, span)).collect();
                if sequences.len() == 1 && start.is_some() {
                    parts.insert(0, Value::unknown());
                }
                object.exact = false;
                object.rest = Value::tuple(parts);
            }
        }
        Value::object(self.allocate(frame, span, 95, object))
    }

    pub(super) fn iterator_function(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        if let Some(known) = self.exact_iterator(frame, name, arguments, span) {
            return Some(Value::object(self.allocate(frame, span, 96, known)));
        }
        let mut object = Object::new(ObjectKind::Iterator);
        match name {
            "chain" => {
                let mut known = arguments.rest.is_none();
                for sequence in &arguments.positional {
                    match self.iterated_elements(frame, sequence, span) {
                        Some(elements) if known => elements.into_iter().for_each(|one| object.push(one)),
                        _ => {
                            known = false;
                            let element = self.element(frame, sequence, span);
                            object.forget_positions();
                            object.rest = object.rest.join(&element);
                        }
                    }
                }
                if let Some(rest) = &arguments.rest {
                    let element = self.element(frame, rest, span);
                    object.rest = object.rest.join(&element);
                    object.exact = false;
                }
            }
            "chain.from_iterable" => {
                let sequence = arguments.positional.first()?.clone();
                let inner = self.element(frame, &sequence, span);
                object.exact = false;
                object.rest = self.element(frame, &inner, span);
            }
            "cycle" | "islice" | "takewhile" | "dropwhile" | "filterfalse" | "tee" | "compress" => {
                let at = usize::from(matches!(name, "takewhile" | "dropwhile" | "filterfalse"));
                let sequence = arguments.positional.get(at)?.clone();
                if name == "islice"
                    && let Some(elements) = self.iterated_elements(frame, &sequence, span)
                {
                    let bounds: Vec<Option<i64>> =
                        arguments.positional[1..].iter().map(Value::as_integer).collect();
                    let (from, to) = match bounds.as_slice() {
                        [end] => (0, end.unwrap_or(i64::MAX)),
                        [start, end, ..] => (start.unwrap_or(0), end.unwrap_or(i64::MAX)),
                        [] => (0, i64::MAX),
                    };
                    for (at, element) in elements.into_iter().enumerate() {
                        if (from..to).contains(&(at as i64)) {
                            object.push(element);
                        }
                    }
                    return Some(Value::object(self.allocate(frame, span, 96, object)));
                }
                if name == "compress"
                    && let (Some(elements), Some(selectors)) = (
                        self.iterated_elements(frame, &sequence, span),
                        arguments
                            .positional
                            .get(1)
                            .cloned()
                            .and_then(|one| self.iterated_elements(frame, &one, span)),
                    )
                    && selectors.iter().all(|one| one.truth().is_some())
                {
                    for (element, selector) in elements.into_iter().zip(selectors) {
                        if selector.truth() == Some(true) {
                            object.push(element);
                        }
                    }
                    return Some(Value::object(self.allocate(frame, span, 96, object)));
                }
                if name == "tee" {
                    // Each of them is asked on its own.
                    let front = self.first_elements(frame, &sequence, span);
                    let (elements, ends) = front.unwrap_or_default();
                    object.exact = ends;
                    object.elements = elements;
                    if !ends {
                        object.rest = self.element(frame, &sequence, span);
                    }
                    let count = arguments.get(1, "n").map_or(Some(2), |one| one.as_integer());
                    let count = count.unwrap_or(2).clamp(1, 8) as u32;
                    let own = (0..count)
                        .map(|at| Value::object(self.allocate(frame, span, 1_400 + at, object.clone())));
                    return Some(Value::tuple(own.collect()));
                }
                if matches!(name, "takewhile" | "dropwhile")
                    && let Some(elements) = self.iterated_elements(frame, &sequence, span)
                    && elements.len() <= super::sequences::MAXIMUM_CALLED
                {
                    let test = arguments.positional[0].clone();
                    return Some(self.cut_where(frame, &test, elements, name == "takewhile", span));
                }
                object.exact = false;
                object.rest = self.element(frame, &sequence, span);
                if matches!(name, "takewhile" | "filterfalse") {
                    // Which of them come is known by what the test proves.
                    let test = arguments.positional[0].clone();
                    let element = self.identified_anew(frame, object.rest.clone(), &sequence, span);
                    let (kept, left_out, _) = self.tested_element(frame, &test, &element, span);
                    let kept = if name == "takewhile" { kept } else { left_out };
                    object.rest = kept.unwrap_or_default().with_identity(None);
                } else if at == 1 {
                    let test = arguments.positional[0].clone();
                    self.call(frame, &test, &Arguments::of(vec![object.rest.clone()]), span);
                }
            }
            "repeat" => {
                object.exact = false;
                object.rest = arguments.positional.first()?.clone();
            }
            "zip_longest" => {
                let fill = arguments.keyword("fillvalue").unwrap_or_else(Value::none);
                let parts = arguments
                    .positional
                    .iter()
                    .map(|one| self.element(frame, one, span).join(&fill))
                    .collect();
                object.exact = false;
                object.rest = Value::tuple(parts);
            }
            "product" | "permutations" | "combinations" | "combinations_with_replacement" | "pairwise" => {
                let parts: Vec<Value> =
                    arguments.positional.iter().map(|one| self.element(frame, one, span)).collect();
                object.exact = false;
                object.rest = if name == "product" {
                    Value::tuple(parts)
                } else {
                    let element = parts.first()?.clone();
                    let count = if name == "pairwise" {
                        2
                    } else {
                        arguments.positional.get(1).and_then(Value::as_integer).unwrap_or(2).clamp(1, 8)
                    };
                    Value::tuple(vec![element; count as usize])
                };
            }
            "groupby" => {
                let sequence = arguments.positional.first()?.clone();
                let element = self.element(frame, &sequence, span);
                let key = match arguments.positional.get(1).cloned().or_else(|| arguments.keyword("key")) {
                    Some(function) => {
                        self.call(frame, &function, &Arguments::of(vec![element.clone()]), span)
                    }
                    None => element.clone(),
                };
                let group = self.loose_list(frame, element, span, 98);
                object.exact = false;
                object.rest = Value::tuple(vec![key, group]);
            }
            "starmap" => {
                let function = arguments.positional.first()?.clone();
                let sequence = arguments.positional.get(1)?.clone();
                let element = self.element(frame, &sequence, span);
                let given = match self.known_elements(frame, &element) {
                    Some(elements) => Arguments::of(elements),
                    None => {
                        Arguments { rest: Some(self.element(frame, &element, span)), ..Arguments::default() }
                    }
                };
                object.exact = false;
                object.rest = self.call(frame, &function, &given, span);
            }
            "accumulate" => {
                let sequence = arguments.positional.first()?.clone();
                let element = self.element(frame, &sequence, span);
                let function = arguments.get(1, "func").filter(|one| !one.refs.is_empty());
                object.exact = false;
                object.rest = if let Some(function) = function {
                    // Each is made of the one before and the next element; the first is the start.
                    let mut value = arguments.keyword("initial").unwrap_or_else(|| element.clone());
                    for _ in 0..3 {
                        let given = Arguments::of(vec![value.clone(), element.clone()]);
                        let next = self.call(frame, &function, &given, span);
                        let joined = value.join(&next);
                        if joined == value {
                            break;
                        }
                        value = joined;
                    }
                    value
                } else {
                    let labels = self.deep_labels(frame, &element);
                    Value::opaque(labels.inexact())
                };
            }
            "count" => {
                object.exact = false;
                object.rest = Value::unknown();
            }
            _ => return None,
        }
        Some(Value::object(self.allocate(frame, span, 96, object)))
    }
}

//! What the functions of `itertools` give at which place, where their inputs are known by position.

use vansire_python::ir::{BinaryOperator, CompareOperator, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Object, ObjectKind, Ref, Value};

/// At most this many elements are told apart.
const MAXIMUM_TOLD: usize = 48;
/// Of an endless iterator so many of the first elements are.
const MAXIMUM_OF_ENDLESS: usize = 12;
/// Functions are called for at most this many elements one by one.
pub(super) const MAXIMUM_CALLED: usize = 12;

impl<'p> Solver<'p> {
    /// The iterator that a function of `itertools` makes of sequences that are known.
    pub(super) fn exact_iterator(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Object> {
        if arguments.rest.is_some() {
            return None;
        }
        let (elements, ends) = match name {
            "cycle" => {
                let own = self.iterated_elements(frame, arguments.positional.first()?, span)?;
                if own.is_empty() {
                    return None;
                }
                (own.iter().cloned().cycle().take(MAXIMUM_OF_ENDLESS.max(own.len())).collect(), false)
            }
            "count" => {
                let bound = |at: usize, name: &str, default: i64| match arguments.get(at, name) {
                    Some(value) => value.as_integer(),
                    None => Some(default),
                };
                let (start, step) = (bound(0, "start", 0)?, bound(1, "step", 1)?);
                let number = |at: usize| Value::integer(start + step * at as i64);
                ((0..MAXIMUM_OF_ENDLESS).map(number).collect(), false)
            }
            "repeat" => {
                let times = usize::try_from(arguments.get(1, "times")?.as_integer()?).ok()?;
                (vec![arguments.positional.first()?.clone(); times.min(MAXIMUM_TOLD)], times <= MAXIMUM_TOLD)
            }
            _ => (self.finite_elements(frame, name, arguments, span)?, true),
        };
        if elements.len() > MAXIMUM_TOLD {
            return None;
        }
        let mut object = Object::new(ObjectKind::Iterator);
        if !ends {
            object.exact = false;
            object.rest = elements.iter().fold(Value::undefined(), |all, one| all.join(one));
        }
        if name == "count" {
            object.rest = Value::unknown();
        }
        object.elements = elements;
        Some(object)
    }

    fn finite_elements(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Vec<Value>> {
        let given = &arguments.positional;
        match name {
            "chain.from_iterable" => {
                let mut all = Vec::new();
                for sequence in self.iterated_elements(frame, given.first()?, span)? {
                    all.extend(self.iterated_elements(frame, &sequence, span)?);
                }
                Some(all)
            }
            "zip_longest" => {
                let fill = arguments.keyword("fillvalue").unwrap_or_else(Value::none);
                let lists: Option<Vec<Vec<Value>>> =
                    given.iter().map(|one| self.iterated_elements(frame, one, span)).collect();
                let lists = lists?;
                let count = lists.iter().map(Vec::len).max()?;
                let place = |at: usize| {
                    Value::tuple(
                        lists.iter().map(|list| list.get(at).unwrap_or(&fill).clone()).collect::<Vec<_>>(),
                    )
                };
                Some((0..count).map(place).collect())
            }
            "pairwise" => {
                let own = self.iterated_elements(frame, given.first()?, span)?;
                Some(own.windows(2).map(|pair| Value::tuple(pair.to_vec())).collect())
            }
            "product" => {
                if arguments.keyword("repeat").is_some() {
                    return None;
                }
                let lists: Option<Vec<Vec<Value>>> =
                    given.iter().map(|one| self.iterated_elements(frame, one, span)).collect();
                let mut all: Vec<Vec<Value>> = vec![Vec::new()];
                for list in lists? {
                    if all.len() * list.len() > MAXIMUM_TOLD {
                        return None;
                    }
                    all = all
                        .iter()
                        .flat_map(|front| {
                            list.iter().map(move |one| {
                                let mut whole = front.clone();
                                whole.push(one.clone());
                                whole
                            })
                        })
                        .collect();
                }
                Some(all.into_iter().map(Value::tuple).collect())
            }
            "permutations" | "combinations" | "combinations_with_replacement" => {
                let own = self.iterated_elements(frame, given.first()?, span)?;
                let count = match arguments.get(1, "r") {
                    Some(count) => usize::try_from(count.as_integer()?).ok()?,
                    None => own.len(),
                };
                let chosen = selections(name, own.len(), count)?;
                let pick =
                    |places: Vec<usize>| Value::tuple(places.iter().map(|&at| own[at].clone()).collect());
                Some(chosen.into_iter().map(pick).collect())
            }
            "takewhile" | "dropwhile" | "filterfalse" => {
                let test = given.first()?.clone();
                let own = self.iterated_elements(frame, given.get(1)?, span)?;
                if own.len() > MAXIMUM_CALLED {
                    return None;
                }
                let mut kept = Vec::new();
                let mut dropping = true;
                for element in own {
                    if name == "dropwhile" && !dropping {
                        kept.push(element);
                        continue;
                    }
                    let (yes, no, sure) = self.tested_element(frame, &test, &element, span);
                    if !sure {
                        return None;
                    }
                    match (name, yes, no) {
                        ("takewhile", Some(yes), _) => kept.push(yes),
                        ("takewhile", None, _) => break,
                        ("dropwhile", None, no) => {
                            dropping = false;
                            kept.extend(no);
                        }
                        ("filterfalse", None, no) => kept.extend(no),
                        _ => {}
                    }
                }
                Some(kept)
            }
            "starmap" => {
                let function = given.first()?.clone();
                let own = self.iterated_elements(frame, given.get(1)?, span)?;
                if own.len() > MAXIMUM_CALLED {
                    return None;
                }
                let mut all = Vec::new();
                for element in own {
                    let inner = self.known_elements(frame, &element)?;
                    all.push(self.call(frame, &function, &Arguments::of(inner), span));
                }
                Some(all)
            }
            "accumulate" => {
                let own = self.iterated_elements(frame, given.first()?, span)?;
                if own.len() > MAXIMUM_CALLED {
                    return None;
                }
                let function = arguments.get(1, "func").filter(|one| !one.refs.is_empty());
                let mut all: Vec<Value> = arguments.keyword("initial").into_iter().collect();
                for element in own {
                    let next = match (all.last().cloned(), &function) {
                        (None, _) => element,
                        (Some(last), Some(function)) => {
                            self.call(frame, function, &Arguments::of(vec![last, element]), span)
                        }
                        (Some(last), None) => self.binary(frame, BinaryOperator::Add, &last, &element, span),
                    };
                    all.push(next);
                }
                Some(all)
            }
            "groupby" => self.groups(frame, arguments, span),
            _ => None,
        }
    }

    /// `groupby`: what stands side by side and has the same key.
    fn groups(&mut self, frame: &mut Frame<'p>, arguments: &Arguments, span: Span) -> Option<Vec<Value>> {
        let sequence = arguments.get(0, "iterable")?;
        let own = self.iterated_elements(frame, &sequence, span)?;
        if own.len() > MAXIMUM_CALLED {
            return None;
        }
        let function = arguments.get(1, "key").filter(|one| !one.is_constant());
        let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
        for element in own {
            let key = match &function {
                Some(function) => self.call(frame, function, &Arguments::of(vec![element.clone()]), span),
                None => element.clone(),
            };
            let same = match groups.last() {
                Some((last, _)) => {
                    let last = last.clone();
                    self.compare_values(frame, CompareOperator::Equal, &last, &key, span).truth()?
                }
                None => false,
            };
            match groups.last_mut() {
                Some((_, members)) if same => members.push(element),
                _ => groups.push((key, vec![element])),
            }
        }
        let mut all = Vec::new();
        for (number, (key, members)) in groups.into_iter().enumerate() {
            let mut list = Object::new(ObjectKind::List);
            list.elements = members;
            let list = Value::object(self.allocate(frame, span, 1_300 + number as u32, list));
            all.push(Value::tuple(vec![key, list]));
        }
        Some(all)
    }

    /// The first elements of a sequence, and whether these are all.
    pub(super) fn first_elements(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        span: Span,
    ) -> Option<(Vec<Value>, bool)> {
        if let [Ref::Object(id)] = value.refs.as_slice()
            && !value.other
        {
            let object = self.object(frame, *id);
            if object.kind == ObjectKind::Iterator && !object.exact && !object.elements.is_empty() {
                self.used_up(frame, *id);
                return Some((object.elements.clone(), false));
            }
        }
        Some((self.iterated_elements(frame, value, span)?, true))
    }
}

/// The places that are chosen of so many, in the order in which `itertools` gives them.
fn selections(name: &str, size: usize, count: usize) -> Option<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .iter()
            .flat_map(|front| {
                let from = match (name, front.last()) {
                    ("combinations", Some(last)) => last + 1,
                    ("combinations_with_replacement", Some(last)) => *last,
                    _ => 0,
                };
                (from..size).filter(move |at| name != "permutations" || !front.contains(at)).map(move |at| {
                    let mut whole = front.clone();
                    whole.push(at);
                    whole
                })
            })
            .collect();
        if all.len() > MAXIMUM_TOLD {
            return None;
        }
    }
    Some(all)
}

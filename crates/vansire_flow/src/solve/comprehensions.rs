//! Comprehensions, and `any` and `all` over them.

use std::rc::Rc;

use vansire_python::ir::{Call, Comprehension, ComprehensionKind, ExprKind, Span};

use super::{Frame, Solver};
use crate::domain::{Facts, Identity, Key, Object, ObjectKind, Value};

impl<'p> Solver<'p> {
    /// `all(test(c) for c in text)`: what holds for each character holds for the text.
    pub(super) fn quantified(
        &mut self,
        frame: &mut Frame<'p>,
        call: &'p Call,
        all: bool,
        span: Span,
    ) -> Option<Value> {
        let [argument] = call.arguments.as_slice() else { return None };
        let ExprKind::Comprehension(comprehension) = &argument.value.kind else { return None };
        let [clause] = comprehension.clauses.as_slice() else { return None };
        if !clause.conditions.is_empty() {
            return None;
        }
        let iterable = self.expression(frame, &clause.iterable);
        let iterable = self.as_text(&iterable);
        let element = self.element(frame, &iterable, clause.iterable.span);
        let element = self.identified_anew(frame, element, &iterable, clause.target.span);
        let identity = element.identity;
        if let Some(elements) = self.known_elements(frame, &iterable)
            && elements.len() <= super::loops::unrolled(&elements, 1)
            && !elements.is_empty()
        {
            // Known elements: each is tested, and what is proved of each holds.
            let mut result: Option<bool> = Some(all);
            let mut facts: Facts = Rc::default();
            for element in elements {
                self.assign(frame, &clause.target, element);
                let value = self.expression(frame, &comprehension.element);
                match value.truth() {
                    Some(truth) if truth != all => {
                        return Some(Value::boolean(!all));
                    }
                    Some(_) => {}
                    None => result = None,
                }
                if let Some(predicate) = &value.predicate {
                    let side = if all { &predicate.when_true } else { &predicate.when_false };
                    let mut merged = frame.state.clone();
                    merged.facts = facts;
                    merged.add_facts(side);
                    facts = merged.facts;
                }
            }
            return Some(match result {
                Some(truth) => Value::boolean(truth),
                None if all => Value::either().with_predicate(facts, Rc::default()),
                None => Value::either().with_predicate(Rc::default(), facts),
            });
        }
        self.assign(frame, &clause.target, element);
        // As a condition, and not as a value: of `a(c) or b(c)` it is known what either proves.
        let (yes, no) = self.condition(frame, &comprehension.element);
        let side = if all { &yes } else { &no };
        let fact = side.as_ref().zip(identity).and_then(|(side, own)| side.fact(own).cloned());
        self.resume(frame, yes, no);
        let mut result = Value::either();
        if let Some(fact) = fact {
            let facts = super::comparisons::collect_facts(self.of_whole(frame, &iterable, &fact));
            result = if all {
                result.with_predicate(facts, Rc::default())
            } else {
                result.with_predicate(Rc::default(), facts)
            };
        }
        let identity = Identity::Site(span.start, 18);
        frame.state.forget(identity);
        Some(result.with_identity(Some(identity)))
    }

    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        span: Span,
    ) -> Value {
        if comprehension.kind == ComprehensionKind::Generator
            && !self.is_shared(frame)
            && let Some(first) = comprehension.clauses.first()
        {
            let sequence = self.expression(frame, &first.iterable);
            if !frame.state.alive {
                return Value::undefined();
            }
            return self.deferred_comprehension(frame, comprehension, sequence, span);
        }
        let result = self.comprehended(frame, comprehension, None, span);
        Value::object(self.allocate(frame, span, 19, result))
    }

    /// What a comprehension gives; the sequence of its first clause, where it was looked at before.
    pub(super) fn comprehended(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        sequence: Option<Value>,
        span: Span,
    ) -> Object {
        let kind = match comprehension.kind {
            ComprehensionKind::List => ObjectKind::List,
            ComprehensionKind::Set => ObjectKind::Set,
            ComprehensionKind::Dict => ObjectKind::Dictionary,
            ComprehensionKind::Generator => ObjectKind::Iterator,
        };
        let mut result = Object::new(kind);
        self.clause(frame, comprehension, 0, sequence, &mut result, span);
        result
    }

    fn clause(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        at: usize,
        sequence: Option<Value>,
        result: &mut Object,
        span: Span,
    ) {
        let Some(clause) = comprehension.clauses.get(at) else {
            let key = comprehension.key.as_ref().map(|key| self.expression(frame, key));
            let value = self.expression(frame, &comprehension.element);
            let value = self.read(frame, &value);
            match key {
                Some(key) => match Key::of(&key) {
                    Some(keys) if result.exact && keys.len() == 1 => result.set_entry(keys[0].clone(), value),
                    _ => {
                        result.forget_positions();
                        result.rest = result.rest.join(&value);
                        result.keys = result.keys.join(&key);
                    }
                },
                None => result.push(value),
            }
            return;
        };
        let sequence = if let Some(sequence) = sequence {
            sequence
        } else {
            let sequence = self.expression(frame, &clause.iterable);
            self.as_text(&sequence)
        };
        // In which order sets and dictionaries are made doesn't matter to them.
        let known = match comprehension.kind {
            ComprehensionKind::Set | ComprehensionKind::Dict => {
                self.members_iterated(frame, &sequence, clause.iterable.span)
            }
            ComprehensionKind::List | ComprehensionKind::Generator => {
                self.iterated_elements(frame, &sequence, clause.iterable.span)
            }
        };
        match known {
            Some(elements) if elements.len() <= super::loops::unrolled(&elements, 1) => {
                let outer = frame.round;
                for (round, element) in elements.into_iter().enumerate() {
                    frame.round = super::loops::round_within(outer, round);
                    self.assign(frame, &clause.target, element);
                    self.filtered(frame, comprehension, at, result, span);
                }
                frame.round = outer;
            }
            _ => {
                let element = self.element(frame, &sequence, clause.iterable.span);
                let element = self.identified_anew(frame, element, &sequence, clause.target.span);
                result.forget_positions();
                if !frame.state.alive {
                    return;
                }
                let identity = element.identity;
                self.assign(frame, &clause.target, element);
                let refused = self.filtered(frame, comprehension, at, result, span);
                // There may have been none.
                result.filled = false;
                // Where nothing is left of them, the condition held for none.
                let fact = refused.zip(identity).and_then(|(refused, own)| refused.fact(own).cloned());
                if let (Some(fact), [_]) = (fact, comprehension.clauses.as_slice()) {
                    let facts = self.of_whole(frame, &sequence, &fact);
                    result.when_empty = Some(super::comparisons::collect_facts(facts));
                }
            }
        }
    }

    /// Behind the conditions of a clause. Gives the state in which they don't hold.
    fn filtered(
        &mut self,
        frame: &mut Frame<'p>,
        comprehension: &'p Comprehension,
        at: usize,
        result: &mut Object,
        span: Span,
    ) -> Option<crate::domain::State> {
        let clause = &comprehension.clauses[at];
        let filled = result.filled;
        let mut out: Option<crate::domain::State> = None;
        let mut unsure = false;
        for condition in &clause.conditions {
            let (yes, no) = self.condition(frame, condition);
            unsure |= yes.is_some() && no.is_some();
            out = self.join_states(frame, out, no);
            if let Some(state) = yes {
                frame.state = state;
            } else {
                frame.state.alive = false;
                break;
            }
        }
        if frame.state.alive {
            if unsure {
                result.forget_positions();
            }
            self.clause(frame, comprehension, at + 1, None, result, span);
            if unsure {
                result.forget_positions();
                result.filled = filled;
            }
        }
        let state = frame.state.alive.then(|| frame.state.clone());
        self.resume(frame, state, out.clone());
        out
    }
}

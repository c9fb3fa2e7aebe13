//! Conditions: which way control goes, and what each way proves.

use std::rc::Rc;

use vansire_python::ir::{CompareOperator, Constant, Expr, ExprKind, UnaryOperator};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Fact, Facts, Identity, ObjectKind, Ref, State, Value};
use crate::text::{CharSet, Form, KindSet};

impl<'p> Solver<'p> {
    /// The states in which a condition holds and doesn't hold; none for the way that control can't go.
    pub(super) fn condition(
        &mut self,
        frame: &mut Frame<'p>,
        test: &'p Expr,
    ) -> (Option<State>, Option<State>) {
        if !frame.state.alive {
            return (None, None);
        }
        match &test.kind {
            ExprKind::Unary(UnaryOperator::Not, inner) => {
                let (yes, no) = self.condition(frame, inner);
                (no, yes)
            }
            ExprKind::Boolean(is_and, values) => {
                let mut out: Option<State> = None;
                let before = frame.state.facts.clone();
                let mut through: Option<State> = Some(frame.state.clone());
                let mut ways = Vec::new();
                for value in values {
                    let Some(state) = through else { break };
                    frame.state = state;
                    frame.neutral = false;
                    let (mut yes, mut no) = self.condition(frame, value);
                    // The root of the file system is no folder that a program keeps others out of.
                    match is_root(value) {
                        Some(true) => yes = None,
                        Some(false) => no = None,
                        None => {}
                    }
                    let (on, off) = if *is_and { (yes, no) } else { (no, yes) };
                    through = on;
                    if let Some(off) = &off {
                        ways.push((off.facts.clone(), frame.neutral));
                    }
                    out = self.join_states(frame, out, off);
                }
                frame.neutral = false;
                if let Some(out) = &mut out {
                    super::doubts::opted_out(out, &before, &ways);
                }
                if *is_and { (through, out) } else { (out, through) }
            }
            _ => {
                frame.deciding = has_constant_arguments(test);
                let value = self.expression(frame, test);
                frame.deciding = false;
                frame.neutral = is_neutral(&value);
                self.split(frame, &value)
            }
        }
    }

    /// The states in which a value is true and false.
    pub(super) fn split(&mut self, frame: &mut Frame<'p>, value: &Value) -> (Option<State>, Option<State>) {
        if !frame.state.alive {
            return (None, None);
        }
        let truth = match value.truth() {
            None => self.object_truth(frame, value),
            some => some,
        };
        if truth.is_none() {
            Self::demand_value(frame, value);
        }
        let state = frame.state.clone();
        let yes = if truth == Some(false) { None } else { self.assume(state.clone(), value, true) };
        let mut no = if truth == Some(true) { None } else { self.assume(state, value, false) };
        if truth.is_none()
            && let (Some(no), [Ref::Object(id)]) = (&mut no, value.refs.as_slice())
            && !value.other
            && let Some(facts) = no.object(*id).and_then(|object| object.when_empty.clone())
        {
            for (identity, fact) in facts.iter() {
                Self::establish(no, *identity, fact);
            }
        }
        (yes, no)
    }

    /// Containers whose contents are known; objects with a method that tells.
    pub(super) fn object_truth(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<bool> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if value.other || !value.constants.is_empty() || !value.texts.is_empty() {
            return None;
        }
        let object = self.object(frame, *id);
        match &object.kind {
            ObjectKind::List | ObjectKind::Set if object.exact => Some(!object.elements.is_empty()),
            ObjectKind::Dictionary if object.exact && object.rest.is_undefined() => {
                let sure = object.entries.iter().any(|(key, _)| object.surely_has(key));
                if sure || object.entries.is_empty() { Some(sure) } else { None }
            }
            ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary
                if object.emptiness() == Some(false) =>
            {
                Some(true)
            }
            ObjectKind::Instance(_) => {
                let span = frame.statement;
                for name in ["__bool__", "__len__"] {
                    if let Some(method) = self.special_method(frame, value, name) {
                        frame.deciding = true;
                        let truth = self.call(frame, &method, &Arguments::default(), span).truth();
                        frame.deciding = false;
                        return truth;
                    }
                }
                Some(true)
            }
            _ => None,
        }
    }

    /// The state in which a value has this truth; none when it can't.
    fn assume(&mut self, mut state: State, value: &Value, truth: bool) -> Option<State> {
        if let Some(identity) = value.identity {
            if state.fact(identity).is_some_and(|fact| fact.truth == Some(!truth)) {
                return None;
            }
            let fact = Fact { truth: Some(truth), not_none: truth, ..Fact::default() };
            Self::establish(&mut state, identity, &fact);
        }
        if let Some(predicate) = &value.predicate {
            let facts = if truth { &predicate.when_true } else { &predicate.when_false };
            for (identity, fact) in facts.iter() {
                if state.fact(*identity).is_some_and(|own| own.excludes(fact)) {
                    return None;
                }
                Self::establish(&mut state, *identity, fact);
            }
        }
        Some(state)
    }

    /// What follows for the value that another was taken from, and for what that was made of in turn: a host of a joined
    /// URL, a common path of a resolved one.
    fn pass_on(state: &mut State, base: Identity, kinds: KindSet, fact: &Fact) {
        let own = state.fact(base);
        let further = own.is_some_and(|own| {
            own.implies.is_some_and(|(next, _)| next != base)
                && (!own.cleared.includes(kinds) || fact.inside.is_some() && own.inside != fact.inside)
        });
        if further {
            Self::establish(state, base, fact);
        } else {
            state.add_fact(base, fact);
        }
    }

    /// A fact, with what follows for the value that this one was taken from.
    pub(super) fn establish(state: &mut State, identity: Identity, fact: &Fact) {
        let implied = state.fact(identity).and_then(|own| own.implies);
        if let Some((base, kinds)) = implied
            && (fact.one_of.is_some()
                || fact.trusted
                // The name of a folder is the beginning of its neighbours' as well.
                || fact.prefix.is_some() && !kinds.contains(crate::text::SinkKind::Path)
                || !fact.cleared.intersection(kinds).is_empty()
                // What is joined to a folder may still begin anew.
                || fact.form.has(Form::NO_PARENTS) && !identity.is_joined())
        {
            let fact = Fact { cleared: kinds, ..Fact::default() };
            Self::pass_on(state, base, kinds, &fact);
        }
        // In which folder one lies goes for the other as well.
        if let (Some((base, kinds)), Some(_)) = (implied, &fact.inside)
            && kinds.contains(crate::text::SinkKind::Path)
        {
            let fact = Fact { inside: fact.inside.clone(), ..Fact::default() };
            Self::pass_on(state, base, kinds, &fact);
        }
        // It lies in a folder that only the caller knows.
        if let Some(folder) = &fact.inside
            && let Some((base, kinds)) = implied
            && kinds == super::guards::PATHS
        {
            let fact = Fact { inside: Some(folder.clone()), ..Fact::default() };
            let known = state.fact(base).is_some_and(|own| own.inside.is_some());
            state.add_fact(base, &fact);
            // What that one was made of in turn.
            if !known && state.fact(base).is_some_and(|own| own.implies.is_some()) {
                Self::establish(state, base, &fact);
            }
        }
        if fact.unsure
            && let Some((base, _)) = implied
        {
            state.add_fact(base, &Fact { unsure: true, ..Fact::default() });
        }
        if (fact.not_none || fact.truth == Some(true))
            && let Some(found) = state.fact(identity).and_then(|own| own.found.clone())
        {
            state.add_fact(found.0, &found.1);
        }
        // What holds of a text without some characters holds of the text itself, but for those.
        if let Some((whole, besides)) = state.fact(identity).and_then(|own| own.without) {
            let chars = fact.all_chars();
            if chars != CharSet::ALL {
                state.add_fact(whole, &Fact { chars: chars | besides, ..Fact::default() });
            }
        }
        state.add_fact(identity, fact);
        state.choose(identity, fact);
    }

    // ---- `and`, `or`

    pub(super) fn boolean(&mut self, frame: &mut Frame<'p>, is_and: bool, values: &'p [Expr]) -> Value {
        let mut result = Value::undefined();
        let mut out: Option<State> = None;
        let mut through_facts: Option<Facts> = None;
        let before = frame.state.facts.clone();
        let count = values.len();
        let mut identity = None;
        let mut sole = true;
        for (number, expression) in values.iter().enumerate() {
            if number + 1 == count {
                let value = self.expression(frame, expression);
                let value = self.read(frame, &value);
                // What the last one proves holds together with what the earlier ones proved.
                let proved = self.proved_by(frame, &value, is_and);
                if frame.state.alive {
                    through_facts = Some(proved);
                }
                sole = sole && (value.is_constant() && value.truth() == Some(false) || result.is_undefined());
                result = result.join(&value);
                break;
            }
            let value = self.expression(frame, expression);
            let (yes, no) = self.split(frame, &value);
            let (on, off) = if is_and { (yes, no) } else { (no, yes) };
            if let Some(state) = &off {
                let outer = std::mem::replace(&mut frame.state, state.clone());
                let kept = self.read(frame, &value);
                frame.state = outer;
                let kept = Fact { truth: Some(!is_and), ..Fact::default() }.apply(&kept);
                if is_and {
                    // A false value: of its text nothing is left.
                    let falsy = if kept.other { Value::either() } else { kept };
                    result = result.join(&falsy);
                } else {
                    identity =
                        if identity.is_none() && result.is_undefined() { value.identity } else { None };
                    result = result.join(&kept);
                }
            }
            out = self.join_states(frame, out, off);
            let Some(state) = on else {
                frame.state.alive = false;
                break;
            };
            frame.state = state;
        }
        let end = frame.state.alive.then(|| frame.state.clone());
        self.resume(frame, end, out);
        let facts: Facts = match through_facts {
            Some(facts) => Rc::new(facts.iter().filter(|fact| !before.contains(fact)).cloned().collect()),
            None => Rc::default(),
        };
        let mut result = result.edit(|data| {
            data.predicate = None;
            data.identity = if is_and || !sole { None } else { identity };
        });
        if is_and {
            result = result.with_predicate(facts, Rc::default());
        } else {
            result = result.with_predicate(Rc::default(), facts);
        }
        result
    }

    /// A value with all that follows from its truth, for those who don't know what its parts were taken from.
    pub(super) fn with_implied(&mut self, frame: &Frame<'p>, value: &Value) -> Value {
        let Some(predicate) = &value.predicate else { return value.clone() };
        let state = &frame.state;
        let follows = |facts: &Facts| {
            facts.iter().any(|(own, _)| state.fact(*own).is_some_and(|fact| fact.implies.is_some()))
        };
        if !follows(&predicate.when_true) && !follows(&predicate.when_false) {
            return value.clone();
        }
        let known = state.facts.clone();
        let mut side = |truth: bool| -> Facts {
            let facts = self.proved_by(frame, value, truth);
            Rc::new(facts.iter().filter(|fact| !known.contains(fact)).cloned().collect())
        };
        let (when_true, when_false) = (side(true), side(false));
        value.with_predicate(when_true, when_false)
    }

    /// The facts of the state, with those that the truth (or falsehood) of a value adds.
    fn proved_by(&mut self, frame: &Frame<'p>, value: &Value, truth: bool) -> Facts {
        match self.assume(frame.state.clone(), value, truth) {
            Some(state) => state.facts,
            None => frame.state.facts.clone(),
        }
    }
}

/// A call that is told nothing but numbers and the like.
pub(super) fn has_plain_arguments(expression: &Expr) -> bool {
    let ExprKind::Call(call) = &expression.kind else { return false };
    has_constant_arguments(expression)
        && call.arguments.iter().all(|argument| {
            !matches!(argument.value.kind, ExprKind::Constant(Constant::String(_) | Constant::Bytes(_)))
        })
}

/// A call that is told nothing but constants.
fn has_constant_arguments(expression: &Expr) -> bool {
    let ExprKind::Call(call) = &expression.kind else { return false };
    !call.arguments.is_empty()
        && call.arguments.iter().all(|argument| matches!(argument.value.kind, ExprKind::Constant(_)))
}

/// `dirname(path) == path` asks whether it is the root of the file system, `!=` whether it isn't.
fn is_root(test: &Expr) -> Option<bool> {
    let ExprKind::Compare(parent, rest) = &test.kind else { return None };
    let [(operator @ (CompareOperator::Equal | CompareOperator::NotEqual), path)] = rest.as_slice() else {
        return None;
    };
    let ExprKind::Call(call) = &parent.kind else { return None };
    let (ExprKind::Name(_, name) | ExprKind::Attribute(_, name)) = &call.callee.kind else { return None };
    let [argument] = call.arguments.as_slice() else { return None };
    (name.as_str() == "dirname" && same(&argument.value, path)).then_some(*operator == CompareOperator::Equal)
}

/// Whether two expressions are written the same way, as far as names, attributes and calls go.
fn same(one: &Expr, two: &Expr) -> bool {
    match (&one.kind, &two.kind) {
        (ExprKind::Name(one, _), ExprKind::Name(two, _)) => one == two,
        (ExprKind::Attribute(one, name), ExprKind::Attribute(two, other)) => name == other && same(one, two),
        (ExprKind::Call(one), ExprKind::Call(two)) => {
            same(&one.callee, &two.callee)
                && one.arguments.len() == two.arguments.len()
                && one.arguments.iter().zip(&two.arguments).all(|(one, two)| same(&one.value, &two.value))
        }
        _ => false,
    }
}

/// Whether a condition tells of nothing that data decides about.
fn is_neutral(value: &Value) -> bool {
    let proves = |facts: &Facts| facts.iter().any(|(_, fact)| *fact != Fact::default());
    !value.has_labels()
        && value.predicate.as_ref().is_none_or(|one| !proves(&one.when_true) && !proves(&one.when_false))
}

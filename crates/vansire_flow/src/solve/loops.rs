//! Loops: rounds until nothing changes, and what each round proves.

use std::rc::Rc;

use vansire_python::ir::{
    BinaryOperator, CompareOperator, Constant, Expr, ExprKind, Span, Stmt, StmtKind, Target, TargetKind,
    Variable,
};

use super::{Frame, Loop, MAXIMUM_ITERATIONS, MAXIMUM_UNROLLING, MAXIMUM_UNROLLING_OF_CHARACTERS, Solver};
use crate::domain::{Constant as Known, Fact, Identity, ObjectId, ObjectKind, Ref, State, Value};
use crate::text::Form;

/// How many flags of a loop are looked at: each costs two more rounds.
const MAXIMUM_FLAGS: usize = 3;

/// A loop over the places of a text: `for i in range(len(text))`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indexed {
    /// The number that is counted.
    index: Identity,
    /// The text.
    whole: Identity,
    /// What stands at that place of it.
    character: Identity,
}

/// A loop that counts through the places of a text itself.
struct Counted {
    /// The variable that counts.
    slot: usize,
    text: Value,
    place: Indexed,
    /// What each round proves of the character at its place.
    tested: Option<Fact>,
}

/// The text of `len(text)`.
fn measured(length: &Expr) -> Option<&Expr> {
    let ExprKind::Call(call) = &length.kind else { return None };
    let [text] = call.arguments.as_slice() else { return None };
    let length = matches!(&call.callee.kind, ExprKind::Name(_, name) if name.as_str() == "len");
    (length && matches!(text.value.kind, ExprKind::Name(..))).then_some(&text.value)
}

/// The text of `range(len(text))`.
fn counted_text(iterable: &Expr) -> Option<&Expr> {
    let ExprKind::Call(range) = &iterable.kind else { return None };
    if !matches!(&range.callee.kind, ExprKind::Name(_, name) if name.as_str() == "range") {
        return None;
    }
    match range.arguments.as_slice() {
        [length] => measured(&length.value),
        [first, length] if matches!(&first.value.kind, ExprKind::Constant(Constant::Integer(0))) => {
            measured(&length.value)
        }
        _ => None,
    }
}

/// A round of a loop: from the state before it to the one after it, with what its element is known by.
type Round<'a, 'p> =
    dyn FnMut(&mut Solver<'p>, &mut Frame<'p>, State) -> (Option<State>, Option<Identity>) + 'a;

impl<'p> Solver<'p> {
    /// `text[i]` in a loop over the places of the text: one of its characters, which tests prove something of.
    pub(super) fn character_at(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        index: &Value,
        span: Span,
    ) -> Option<Value> {
        let (whole, counted) = (base.identity?, index.identity?);
        let place = frame.indexed.iter().rev().find(|one| one.whole == whole && one.index == counted)?;
        let character = place.character;
        let base = self.as_text(base);
        let value = self.element(frame, &base, span).with_identity(Some(character));
        Some(self.read(frame, &value))
    }

    /// The text over whose places a loop counts, with the name under which what stands there is known.
    fn indexed(
        &mut self,
        frame: &mut Frame<'p>,
        iterable: &'p Expr,
        target: &Target,
    ) -> Option<(Value, Identity, Identity)> {
        let text = counted_text(iterable)?;
        let (text, whole) = self.looped_text(frame, text)?;
        Some((text, whole, Identity::Site(target.span.start, Identity::CHARACTER)))
    }

    /// A variable that holds a text, and what it's known by.
    fn looped_text(&mut self, frame: &mut Frame<'p>, variable: &'p Expr) -> Option<(Value, Identity)> {
        let text = self.expression(frame, variable);
        let text = self.as_text(&text);
        let only_text = text
            .refs
            .iter()
            .all(|one| matches!(one, Ref::Object(ObjectId::Path(path)) if !frame.kinds.contains_key(path)));
        let whole = text.identity.filter(|_| only_text && text.has_labels())?;
        Some((text, whole))
    }

    /// Flags that a loop only ever turns over: where one is as it was before the loop, all rounds have left it so,
    /// and what each of them then proves of its element holds for the sequence.
    fn judge_flags(
        &mut self,
        frame: &mut Frame<'p>,
        before: &State,
        head: &mut State,
        round: &mut Round<'_, 'p>,
        sequence: &Value,
    ) {
        let flags: Vec<(usize, bool)> = before
            .locals
            .iter()
            .zip(head.locals.iter())
            .enumerate()
            .filter_map(|(slot, (own, after))| match own.as_constant() {
                Some(Known::Boolean(truth))
                    if after.truth().is_none() && after.refs.is_empty() && after.texts.is_empty() =>
                {
                    Some((slot, *truth))
                }
                _ => None,
            })
            .take(MAXIMUM_FLAGS)
            .collect();
        for (slot, kept) in flags {
            let mut turned = head.clone();
            turned.set_local(slot, Value::boolean(!kept));
            let (turned, _) = round(self, frame, turned);
            let stays = turned.is_none_or(
                |end| matches!(end.locals[slot].as_constant(), Some(Known::Boolean(truth)) if *truth != kept),
            );
            if !stays {
                continue;
            }
            let mut from = head.clone();
            from.set_local(slot, Value::boolean(kept));
            let (Some(end), Some(identity)) = round(self, frame, from) else { continue };
            frame.state = end;
            let flag = frame.state.locals[slot].clone();
            let flag = self.read(frame, &flag);
            let (yes, no) = self.split(frame, &flag);
            let side = if kept { yes } else { no };
            let Some(fact) = side.as_ref().and_then(|side| side.fact(identity)).cloned() else { continue };
            let facts = super::comparisons::collect_facts(self.of_whole(frame, sequence, &fact));
            let none = Rc::default();
            let flag = head.locals[slot].clone();
            let flag = if kept { flag.with_predicate(facts, none) } else { flag.with_predicate(none, facts) };
            Rc::make_mut(&mut head.locals)[slot] = flag;
        }
    }

    pub(super) fn while_loop(
        &mut self,
        frame: &mut Frame<'p>,
        test: &'p Expr,
        body: &'p [Stmt],
        or_else: &'p [Stmt],
    ) {
        let mut breaks: Option<State> = None;
        // As long as the condition is surely true, one round after the other.
        let outer = frame.round;
        for round in 0..MAXIMUM_UNROLLING {
            frame.round = round_within(outer, round);
            let before = frame.state.clone();
            let (yes, no) = self.condition(frame, test);
            if no.is_some() || yes.is_none() || is_true(test) {
                frame.state = before;
                break;
            }
            let end = self.loop_body(frame, yes, body, &mut breaks);
            let Some(state) = end else {
                frame.state.alive = false;
                break;
            };
            frame.state = state;
        }
        frame.round = outer;
        let mut exhausted = None;
        if frame.state.alive {
            let mut head = frame.state.clone();
            let mut counted = self.counted(frame, test, body);
            for round in 0..MAXIMUM_ITERATIONS {
                frame.state = head.clone();
                let (yes, no) = self.condition(frame, test);
                exhausted = no;
                let end = match &mut counted {
                    Some(counted) => self.counted_round(frame, yes, body, counted, &mut breaks),
                    None => self.loop_body(frame, yes, body, &mut breaks),
                };
                let Some(next) = self.join_states(frame, Some(head.clone()), end) else { break };
                if same_state(&next, &head) {
                    break;
                }
                head = if round >= 2 { Self::widen(&head, next) } else { next };
            }
            if let (Some(Counted { text, tested: Some(fact), .. }), Some(state)) = (&counted, &mut exhausted)
            {
                for (whole, fact) in self.of_whole(frame, text, fact) {
                    state.add_fact(whole, &fact);
                }
            }
        }
        let after = self.branch(frame, exhausted, |solver, frame| solver.block(frame, or_else));
        self.resume(frame, after, breaks);
    }

    /// `i = 0` in front of `while i < len(text): …; i += 1`.
    fn counted(&mut self, frame: &mut Frame<'p>, test: &'p Expr, body: &[Stmt]) -> Option<Counted> {
        let ExprKind::Compare(left, comparisons) = &test.kind else { return None };
        let [(CompareOperator::Less, length)] = comparisons.as_slice() else { return None };
        let ExprKind::Name(Variable::Local(slot), _) = left.kind else { return None };
        let text = measured(length)?;
        let [.., last] = body else { return None };
        let StmtKind::AugmentedAssign { target, operator: BinaryOperator::Add, value } = &last.kind else {
            return None;
        };
        let counts = matches!(&target.kind, TargetKind::Name(Variable::Local(own), _) if *own == slot)
            && matches!(value.kind, ExprKind::Constant(Constant::Integer(1)));
        let slot = slot.0 as usize;
        let from_zero = frame.state.locals.get(slot).and_then(Value::as_integer) == Some(0);
        if !counts || !from_zero {
            return None;
        }
        let (text, whole) = self.looped_text(frame, text)?;
        let place = Indexed {
            index: Identity::Site(test.span.start, 12),
            whole,
            character: Identity::Site(test.span.start, Identity::CHARACTER),
        };
        Some(Counted { slot, text, place, tested: None })
    }

    /// One round of such a loop: the number stands for one place of the text until it is counted on.
    fn counted_round(
        &mut self,
        frame: &mut Frame<'p>,
        from: Option<State>,
        body: &'p [Stmt],
        counted: &mut Counted,
        breaks: &mut Option<State>,
    ) -> Option<State> {
        let (last, front) = body.split_last()?;
        let mut from = from?;
        let place = counted.place;
        let number = from.locals.get(counted.slot)?.with_identity(Some(place.index));
        from.forget(place.index);
        from.forget(place.character);
        from.set_local(counted.slot, number);
        frame.indexed.push(place);
        let end = self.loop_body(frame, Some(from), front, breaks);
        frame.indexed.pop();
        let end = end?;
        // Who counts elsewhere as well leaves out some places.
        let once = end.locals.get(counted.slot).is_some_and(|one| one.identity == Some(place.index));
        counted.tested = if once { end.fact(place.character).cloned() } else { None };
        frame.state = end;
        self.block(frame, std::slice::from_ref(last));
        frame.state.alive.then(|| frame.state.clone())
    }

    pub(super) fn for_loop(
        &mut self,
        frame: &mut Frame<'p>,
        target: &'p Target,
        iterable: &'p Expr,
        body: &'p [Stmt],
        or_else: &'p [Stmt],
    ) {
        let sequence = self.expression(frame, iterable);
        let sequence = self.as_text(&sequence);
        if !frame.state.alive {
            return;
        }
        let mut breaks: Option<State> = None;
        let known = self.iterated_elements(frame, &sequence, iterable.span);
        let exhausted = match known {
            Some(elements) if elements.len() <= unrolled(&elements, body.len()) => {
                let mut state = Some(frame.state.clone());
                let outer = frame.round;
                for (round, element) in elements.into_iter().enumerate() {
                    let Some(from) = state else { break };
                    frame.round = round_within(outer, round);
                    frame.state = from;
                    self.assign(frame, target, element);
                    let from = frame.state.clone();
                    state = self.loop_body(frame, Some(from), body, &mut breaks);
                }
                frame.round = outer;
                state
            }
            _ => {
                let before = frame.state.clone();
                let mut head = before.clone();
                let indexed = self.indexed(frame, iterable, target);
                // What is known of each element that came through the body.
                let mut tested: Option<Fact> = None;
                let one_round =
                    |solver: &mut Self, frame: &mut Frame<'p>, from, breaks: &mut Option<State>| {
                        frame.state = from;
                        let element = solver.element(frame, &sequence, iterable.span);
                        let element = solver.identified_anew(frame, element, &sequence, target.span);
                        let mut identity = element.identity;
                        solver.assign(frame, target, element);
                        let mut counting = false;
                        if let (Some((_, whole, character)), Some(index)) = (&indexed, identity) {
                            frame.state.forget(*character);
                            frame.indexed.push(Indexed { index, whole: *whole, character: *character });
                            identity = Some(*character);
                            counting = true;
                        }
                        let from = frame.state.clone();
                        let end = solver.loop_body(frame, Some(from), body, breaks);
                        if counting {
                            frame.indexed.pop();
                        }
                        (end, identity)
                    };
                for round in 0..MAXIMUM_ITERATIONS {
                    let (end, identity) = one_round(self, frame, head.clone(), &mut breaks);
                    tested = end.as_ref().and_then(|end| identity.and_then(|own| end.fact(own).cloned()));
                    let Some(next) = self.join_states(frame, Some(head.clone()), end) else { break };
                    if same_state(&next, &head) {
                        break;
                    }
                    head = if round >= 2 { Self::widen(&head, next) } else { next };
                }
                let whole = indexed.as_ref().map_or(&sequence, |(text, ..)| text);
                if let Some(fact) = tested {
                    for (whole, fact) in self.of_whole(frame, whole, &fact) {
                        head.add_fact(whole, &fact);
                    }
                }
                let mut again = |solver: &mut Self, frame: &mut Frame<'p>, from: State| {
                    one_round(solver, frame, from, &mut None)
                };
                self.judge_flags(frame, &before, &mut head, &mut again, whole);
                Some(head)
            }
        };
        let after = self.branch(frame, exhausted, |solver, frame| solver.block(frame, or_else));
        self.resume(frame, after, breaks);
    }

    /// An element of a loop is another one each time round.
    pub(super) fn identified_anew(
        &mut self,
        frame: &mut Frame<'p>,
        value: Value,
        sequence: &Value,
        span: Span,
    ) -> Value {
        if value.is_constant() || value.is_undefined() {
            return value;
        }
        // Of a text, or of something that may be one, the elements are its characters.
        let text = sequence
            .refs
            .iter()
            .all(|one| matches!(one, Ref::Object(ObjectId::Path(path)) if !frame.kinds.contains_key(path)));
        let number = if text {
            Identity::CHARACTER
        } else if self.path_of_segments(frame, sequence).is_some() {
            Identity::SEGMENT
        } else {
            10
        };
        let identity = Identity::Site(span.start, number);
        // Where the last one was kept under another name, what is proved of this one doesn't hold for it.
        for slot in 0..frame.state.locals.len() {
            let kept = &frame.state.locals[slot];
            if kept.identity == Some(identity) {
                let kept = self.read(frame, kept);
                frame.state.set_local(slot, kept.with_identity(None));
            }
        }
        frame.state.forget(identity);
        value.with_identity(Some(identity))
    }

    /// What follows for a sequence when this holds for each of its elements.
    pub(super) fn of_whole(
        &mut self,
        frame: &mut Frame<'p>,
        sequence: &Value,
        fact: &Fact,
    ) -> Vec<(Identity, Fact)> {
        let mut facts = Vec::new();
        if let Some(whole) = self.whole_of(frame, sequence) {
            facts.push((whole, fact.of_each_character()));
        }
        if fact.form != Form::NONE
            && let Some(path) = self.path_of_segments(frame, sequence)
        {
            facts.push((path, Fact { form: fact.form, ..Fact::default() }));
        }
        facts
    }

    /// The identity under which facts about every element of a sequence are kept.
    pub(super) fn whole_of(&mut self, frame: &mut Frame<'p>, sequence: &Value) -> Option<Identity> {
        if sequence.identity.is_some() {
            return sequence.identity;
        }
        match sequence.refs.as_slice() {
            [Ref::Object(id)] if !sequence.other && sequence.texts.is_empty() => {
                matches!(self.kind(frame, *id), ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator)
                    .then_some(Identity::Elements(*id))
            }
            _ => None,
        }
    }

    /// One round; gives the state behind it, `continue` included.
    fn loop_body(
        &mut self,
        frame: &mut Frame<'p>,
        from: Option<State>,
        body: &'p [Stmt],
        breaks: &mut Option<State>,
    ) -> Option<State> {
        let from = from?;
        frame.state = from;
        frame.loops.push(Loop { breaks: None, continues: None });
        self.block(frame, body);
        let end = frame.state.alive.then(|| frame.state.clone());
        let Some(done) = frame.loops.pop() else { return end };
        let earlier = breaks.take();
        *breaks = self.join_states(frame, earlier, done.breaks);
        self.join_states(frame, end, done.continues)
    }

    /// Texts that grow from round to round become "this beginning, then anything".
    fn widen(before: &State, mut after: State) -> State {
        let locals = Rc::make_mut(&mut after.locals);
        for (own, earlier) in locals.iter_mut().zip(before.locals.iter()) {
            if own != earlier {
                *own = widen_value(own, earlier);
            }
        }
        let heap = Rc::make_mut(&mut after.heap);
        for (id, object) in heap.iter_mut() {
            let Some(earlier) = before.object(*id) else { continue };
            if Rc::ptr_eq(object, earlier) {
                continue;
            }
            let object = Rc::make_mut(object);
            for (name, value) in &mut object.fields {
                if let Some(earlier) = earlier.field(*name)
                    && earlier != value
                {
                    *value = widen_value(value, earlier);
                }
            }
            if object.rest != earlier.rest {
                object.rest = widen_value(&object.rest, &earlier.rest);
            }
        }
        after
    }
}

fn widen_value(value: &Value, earlier: &Value) -> Value {
    if value.texts.len() <= earlier.texts.len() {
        return value.clone();
    }
    value.edit(|data| {
        let mut texts = std::mem::take(&mut data.texts).into_iter();
        if let Some(first) = texts.next() {
            let widened = texts.fold(first, |all, text| all.widen(&text));
            data.add_text(widened);
        }
    })
}

/// A number for a round of an unrolled loop inside of others.
pub(super) fn round_within(outer: u32, round: usize) -> u32 {
    outer.wrapping_mul(64).wrapping_add(round as u32 + 1)
}

/// How many known elements are gone through one after the other.
pub(super) fn unrolled(elements: &[Value], statements: usize) -> usize {
    let characters =
        || elements.iter().all(|one| one.as_string().is_some_and(|text| text.chars().count() == 1));
    if statements == 1 && characters() { MAXIMUM_UNROLLING_OF_CHARACTERS } else { MAXIMUM_UNROLLING }
}

fn is_true(test: &Expr) -> bool {
    use vansire_python::ir::{Constant, ExprKind};
    matches!(&test.kind, ExprKind::Constant(Constant::True | Constant::Integer(1)))
}

fn same_state(left: &State, right: &State) -> bool {
    (Rc::ptr_eq(&left.locals, &right.locals) || left.locals == right.locals)
        && (Rc::ptr_eq(&left.heap, &right.heap) || left.heap == right.heap)
        && left.globals == right.globals
        && left.facts == right.facts
        && left.splits == right.splits
}

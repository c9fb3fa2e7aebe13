//! Texts taken apart: `split`, `partition`, slices.

use vansire_python::ir::{self, BinaryOperator, Expr, ExprKind, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Labels, Object, ObjectKind, Part, Ref, Text, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    /// The pieces between separators, where the text is known well enough.
    pub(super) fn split_parts(
        receiver: &Value,
        separator: Option<&str>,
        from_right: bool,
        maximum: Option<usize>,
    ) -> Option<Vec<Value>> {
        let separator = separator.filter(|separator| !separator.is_empty())?;
        if receiver.other || !receiver.constants.is_empty() || !receiver.refs.is_empty() {
            return None;
        }
        let text = match receiver.texts.as_slice() {
            [text] => text,
            // Of several texts each gives as many, one of which stands in its place.
            [first, others @ ..] if others.len() < 4 => {
                let parts = |text: &Text| {
                    Self::split_parts(&Value::text(text.clone()), Some(separator), from_right, maximum)
                };
                return others.iter().try_fold(parts(first)?, |all, text| {
                    let own = parts(text).filter(|own| own.len() == all.len())?;
                    Some(all.iter().zip(&own).map(|(one, two)| one.join(two)).collect())
                });
            }
            _ => return None,
        };
        // No piece but the one that is left over at the end holds a separator.
        let removes = if separator.chars().count() == 1 { CharSet::of(separator) } else { CharSet::EMPTY };
        // Where a hole could hold a separator, only the pieces before it (or behind it) are known.
        let mut pieces: Vec<Vec<Part>> = vec![Vec::new()];
        let mut parts = text.parts().to_vec();
        if from_right {
            parts.reverse();
        }
        let mut blurred = false;
        for part in parts {
            match part {
                Part::Literal(literal) => {
                    let mut found: Vec<String> = literal.split(separator).map(str::to_owned).collect();
                    if from_right {
                        found.reverse();
                    }
                    for (at, piece) in found.into_iter().enumerate() {
                        if at > 0 && maximum.is_none_or(|maximum| pieces.len() <= maximum) && !blurred {
                            pieces.push(Vec::new());
                        } else if at > 0
                            && let Some(last) = pieces.last_mut()
                        {
                            last.push(Part::Literal(separator.into()));
                        }
                        if let Some(last) = pieces.last_mut() {
                            last.push(Part::Literal(piece.into()));
                        }
                    }
                }
                Part::Hole { labels, .. } => {
                    let safe = !labels.is_empty() && !labels.chars().intersects(CharSet::of(separator));
                    let last_piece = maximum.is_some_and(|maximum| pieces.len() > maximum);
                    if !safe && !last_piece {
                        blurred = true;
                    }
                    if let Some(last) = pieces.last_mut() {
                        last.push(Part::Hole { labels: labels.inexact(), identity: None });
                    }
                }
            }
        }
        if blurred && maximum.is_none() {
            return None;
        }
        let mut values: Vec<Value> = pieces
            .into_iter()
            .map(|mut parts| {
                if from_right {
                    parts.reverse();
                }
                Value::text(Text::from_parts(parts))
            })
            .collect();
        if blurred && let Some(maximum) = maximum {
            // The rest is somewhere in the pieces that follow.
            let last = values.last().cloned()?.own_labels().inexact();
            for value in values.iter_mut().take(maximum) {
                *value = value.map_labels(|labels| labels.restrict(!removes, CharSet::EMPTY));
            }
            while values.len() < maximum {
                values.push(Value::opaque(last.restrict(!removes, CharSet::EMPTY)));
            }
            if values.len() == maximum {
                values.push(Value::opaque(last));
            }
        }
        if from_right {
            values.reverse();
        }
        Some(values)
    }

    pub(super) fn split_text(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let separator =
            arguments.get(0, "sep").filter(|one| !matches!(one.as_constant(), Some(Constant::None)));
        let maximum = arguments.get(1, "maxsplit").and_then(|one| one.as_integer()).filter(|&one| one >= 0);
        if let Some(text) = receiver.as_string() {
            let pieces: Option<Vec<String>> = match (name, &separator) {
                ("splitlines", _) => Some(text.lines().map(str::to_owned).collect()),
                (_, None) if maximum.is_none() => Some(text.split_whitespace().map(str::to_owned).collect()),
                (_, Some(separator)) => {
                    separator.as_string().filter(|one| !one.is_empty()).map(|separator| {
                        match (name, maximum) {
                            (_, None) => text.split(separator).map(str::to_owned).collect(),
                            ("rsplit", Some(count)) => {
                                let mut all: Vec<String> =
                                    text.rsplitn(count as usize + 1, separator).map(str::to_owned).collect();
                                all.reverse();
                                all
                            }
                            (_, Some(count)) => {
                                text.splitn(count as usize + 1, separator).map(str::to_owned).collect()
                            }
                        }
                    })
                }
                _ => None,
            };
            if let Some(pieces) = pieces {
                let mut list = Object::new(ObjectKind::List);
                for piece in pieces {
                    list.push(Value::string(&piece));
                }
                return Value::object(self.allocate(frame, span, 58, list));
            }
        }
        let text = separator.as_ref().and_then(|one| one.as_string().map(str::to_owned));
        if name != "splitlines"
            && let Some(pieces) = Self::split_parts(
                receiver,
                text.as_deref(),
                name == "rsplit",
                maximum.map(|one| one as usize),
            )
        {
            let mut list = Object::new(ObjectKind::List);
            for piece in pieces {
                list.push(piece);
            }
            return Value::object(self.allocate(frame, span, 58, list));
        }
        let removes = match (name, &text) {
            ("splitlines", _) => CharSet::of("\n\r\x0b\x0c"),
            (_, None) if separator.is_none() => CharSet::SPACE,
            (_, Some(text)) if text.chars().count() == 1 && maximum.is_none() => CharSet::of(text),
            _ => CharSet::EMPTY,
        };
        let labels = receiver.own_labels().restrict(!removes, CharSet::EMPTY).inexact();
        let list = self.loose_list(frame, Value::opaque(labels), span, 58);
        if name != "splitlines" && maximum.is_none() && text.as_deref() == Some("/") {
            self.note_path_of_segments(frame, &list, receiver);
        }
        list
    }

    /// `text[: text.index(" ")]`, `path[path.rfind("/") + 1 :]`: what `partition` would give.
    pub(super) fn cut_at_sign(
        &mut self,
        frame: &mut Frame<'p>,
        variable: &Expr,
        base: &Value,
        slice: &ExprKind,
        span: Span,
    ) -> Option<Value> {
        let ExprKind::Slice(lower, upper, None) = slice else { return None };
        if !base.refs.is_empty() || base.is_constant() {
            return None;
        }
        let ((sign, from_right), place) = match (lower.as_deref(), upper.as_deref()) {
            (None, Some(end)) => (place_of_sign(variable, end)?, 0),
            (Some(start), None) => {
                let ExprKind::Binary(BinaryOperator::Add, place, offset) = &start.kind else { return None };
                let found = place_of_sign(variable, place)?;
                let behind = i64::try_from(found.0.chars().count()).ok()?;
                if !matches!(&offset.kind, ExprKind::Constant(ir::Constant::Integer(own)) if *own == behind) {
                    return None;
                }
                (found, 2)
            }
            _ => return None,
        };
        let name = if from_right { "rpartition" } else { "partition" };
        let arguments = Arguments::of(vec![Value::string(sign)]);
        let parts = self.str_method(frame, base, name, &arguments, span)?;
        match parts.refs.as_slice() {
            [Ref::Tuple(parts)] => parts.get(place).map(|part| part.map_labels(Labels::unquoted)),
            _ => None,
        }
    }

    pub(super) fn slice_text(base: &Value, bounds: Option<(Option<i64>, Option<i64>, i64)>) -> Value {
        let Some((lower, upper, 1)) = bounds else {
            let reverse = bounds == Some((None, None, -1));
            return base.map_text(
                |text| if reverse { text.chars().rev().collect() } else { text.to_owned() },
                Labels::unquoted,
            );
        };
        let mut texts = Vec::new();
        for text in base.as_texts() {
            if let Some(constant) = text.as_constant() {
                let characters: Vec<char> = constant.chars().collect();
                let length = characters.len() as i64;
                let clamp = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) };
                let (from, to) = (lower.map_or(0, clamp), upper.map_or(length, clamp));
                let cut: String = characters[from as usize..to.max(from) as usize].iter().collect();
                texts.push(Text::literal(&cut));
                continue;
            }
            let mut parts = text.parts().to_vec();
            // Characters from the front.
            if let Some(count) = lower.filter(|&count| count > 0) {
                let mut left = count as usize;
                while left > 0 {
                    match parts.first_mut() {
                        Some(Part::Literal(first)) => {
                            let length = first.chars().count();
                            if length <= left {
                                left -= length;
                                parts.remove(0);
                            } else {
                                *first = first.chars().skip(left).collect::<String>().into();
                                left = 0;
                            }
                        }
                        Some(Part::Hole { labels, identity }) => {
                            *labels = labels.unquoted();
                            *identity = None;
                            break;
                        }
                        None => break,
                    }
                }
            } else if lower.is_some_and(|count| count < 0) {
                // The end: known when the text ends in enough literal characters.
                let count = lower.unwrap_or(0).unsigned_abs() as usize;
                if let Some(Part::Literal(last)) = parts.last()
                    && last.chars().count() >= count
                {
                    let skip = last.chars().count() - count;
                    let tail: String = last.chars().skip(skip).collect();
                    parts = vec![Part::Literal(tail.into())];
                } else {
                    for part in &mut parts {
                        if let Part::Hole { labels, identity } = part {
                            *labels = labels.unquoted();
                            *identity = None;
                        }
                    }
                    if let Some(Part::Literal(_)) = parts.first() {
                        parts.remove(0);
                    }
                }
            }
            match upper {
                Some(end) if end >= 0 && lower.is_none_or(|from| from >= 0) => {
                    let mut left = (end - lower.unwrap_or(0)).max(0) as usize;
                    let mut kept = Vec::new();
                    for part in parts {
                        match part {
                            Part::Literal(text) => {
                                let length = text.chars().count();
                                if length >= left {
                                    kept.push(Part::Literal(
                                        text.chars().take(left).collect::<String>().into(),
                                    ));
                                    break;
                                }
                                left -= length;
                                kept.push(Part::Literal(text));
                            }
                            Part::Hole { labels, .. } => {
                                kept.push(Part::Hole { labels: labels.unquoted(), identity: None });
                                break;
                            }
                        }
                        if left == 0 {
                            break;
                        }
                    }
                    parts = kept;
                }
                Some(end) if end < 0 => {
                    let mut left = end.unsigned_abs() as usize;
                    while left > 0 {
                        match parts.last_mut() {
                            Some(Part::Literal(last)) => {
                                let length = last.chars().count();
                                if length <= left {
                                    left -= length;
                                    parts.pop();
                                } else {
                                    *last = last.chars().take(length - left).collect::<String>().into();
                                    left = 0;
                                }
                            }
                            Some(Part::Hole { labels, identity }) => {
                                *labels = labels.unquoted();
                                *identity = None;
                                break;
                            }
                            None => break,
                        }
                    }
                }
                _ => {}
            }
            texts.push(Text::from_parts(parts));
        }
        let value = Value::texts(texts);
        if lower.is_none() && upper.is_none() { value } else { value.map_labels(Labels::unquoted) }
    }
}

/// The sign that `text.index(sign)` looks for in this variable, and whether it does so from the right.
fn place_of_sign<'e>(variable: &Expr, place: &'e Expr) -> Option<(&'e str, bool)> {
    let (ExprKind::Name(text, _), ExprKind::Call(call)) = (&variable.kind, &place.kind) else { return None };
    let ExprKind::Attribute(owner, method) = &call.callee.kind else { return None };
    let ExprKind::Name(searched, _) = &owner.kind else { return None };
    let from_right = match method.as_str() {
        "index" | "find" => false,
        "rindex" | "rfind" => true,
        _ => return None,
    };
    let [argument] = call.arguments.as_slice() else { return None };
    match &argument.value.kind {
        ExprKind::Constant(ir::Constant::String(sign)) if searched == text && !sign.is_empty() => {
            Some((sign, from_right))
        }
        _ => None,
    }
}

/// The separator that isn't in a piece, whatever was split: that in front of the first one (`text.split("/")[0]`),
/// or behind the last (`text.rsplit("/", 1)[-1]`).
pub(super) fn separator_beside(pieces: &Expr, index: &Expr) -> Option<CharSet> {
    let ExprKind::Call(call) = &pieces.kind else { return None };
    let ExprKind::Attribute(_, method) = &call.callee.kind else { return None };
    let [separator, maximum] = call.arguments.as_slice() else { return None };
    let ExprKind::Constant(ir::Constant::String(sign)) = &separator.value.kind else { return None };
    let ExprKind::Constant(ir::Constant::Integer(1..)) = &maximum.value.kind else { return None };
    let last = match &index.kind {
        ExprKind::Constant(ir::Constant::Integer(0)) => false,
        ExprKind::Constant(ir::Constant::Integer(-1)) => true,
        ExprKind::Unary(ir::UnaryOperator::Negative, one)
            if matches!(one.kind, ExprKind::Constant(ir::Constant::Integer(1))) =>
        {
            true
        }
        _ => return None,
    };
    let beside = if last { "rsplit" } else { "split" };
    (method.as_str() == beside && sign.chars().count() == 1).then(|| CharSet::of(sign))
}

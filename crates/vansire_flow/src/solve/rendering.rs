//! What values are as text: `str`, `repr`, f-strings.

use vansire_python::ir::{Span, StringPart};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Identity, Labels, ObjectId, ObjectKind, Part, Ref, Text, Value};
use crate::text::{CharSet, KindSet, SinkKind};

impl<'p> Solver<'p> {
    /// The texts that a value turns into as a string, objects by their methods.
    pub(super) fn texts_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Vec<Text> {
        let mut texts = value.as_texts();
        for reference in &value.refs {
            match reference {
                Ref::Object(id) => {
                    if matches!(id, ObjectId::Path(_)) && value.other {
                        continue;
                    }
                    let object = self.object(frame, *id);
                    match &object.kind {
                        ObjectKind::Instance(_) | ObjectKind::External(_) => {
                            if object.rest.is_undefined() {
                                if let ObjectId::Path(path) = id {
                                    let label =
                                        crate::domain::Label::new(crate::domain::Origin::Path(*path), None);
                                    texts.push(Text::hole(Labels::one(label), Some(Identity::Path(*path))));
                                } else {
                                    texts.push(Text::unknown());
                                }
                            } else {
                                let rest = object.rest.clone();
                                texts.extend(rest.as_texts());
                            }
                        }
                        ObjectKind::Unknown => texts.push(Text::unknown()),
                        ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary => {
                            let labels = self.deep_labels(frame, &Value::object(*id));
                            texts.push(Text::hole(escaped(&labels), None));
                        }
                        _ => {
                            let labels = self.deep_labels(frame, &Value::object(*id));
                            texts.push(Text::hole(labels.inexact(), None));
                        }
                    }
                }
                Ref::Tuple(_) => {
                    let labels = self.deep_labels(frame, &Value::reference(reference.clone()));
                    texts.push(Text::hole(escaped(&labels), None));
                }
                Ref::Instance(_) => {}
                _ => texts.push(Text::unknown()),
            }
        }
        if texts.is_empty() {
            texts.push(Text::unknown());
        }
        texts
    }

    /// `str(value)`: objects of the project by their own method.
    pub(super) fn text_value(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        if value.refs.is_empty() {
            if value.constants.is_empty() {
                return value.clone();
            }
            return Value::texts(value.as_texts());
        }
        for name in ["__str__", "__repr__"] {
            if let Some(method) = self.special_method(frame, value, name) {
                let span = frame.statement;
                let result = self.call(frame, &method, &Arguments::default(), span);
                let rest = value.edit(|data| {
                    data.refs.retain(|one| !matches!(one, Ref::Object(_)));
                });
                return if rest.is_undefined() {
                    result
                } else {
                    result.join(&Value::texts(rest.as_texts()))
                };
            }
        }
        if let Some(text) = self.fields_represented(frame, value, 0) {
            return text;
        }
        let texts = self.texts_of(frame, value);
        let mut result = Value::texts(texts);
        if result.identity.is_none() {
            result = result.with_identity(value.identity);
        }
        result
    }

    pub(super) fn interpolated(
        &mut self,
        frame: &mut Frame<'p>,
        parts: &'p [StringPart],
        span: Span,
    ) -> Value {
        let mut result = Value::string("");
        for part in parts {
            let piece = match part {
                StringPart::Literal(text) => Value::string(text),
                StringPart::Value { value, conversion, format } => {
                    let value = self.expression(frame, value);
                    let specification = if format.is_empty() {
                        Value::string("")
                    } else {
                        self.interpolated(frame, format, span)
                    };
                    self.formatted(frame, &value, *conversion, &specification, span)
                }
            };
            if let (Some(one), Some(two)) = (result.as_string(), piece.as_string()) {
                result = Value::string(&format!("{one}{two}"));
            } else {
                result = self.concatenate(frame, &result, &piece);
            }
        }
        result
    }

    /// A value as a format puts it into text.
    pub(super) fn formatted(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        conversion: Option<char>,
        specification: &Value,
        span: Span,
    ) -> Value {
        match conversion {
            Some('r' | 'a') => {
                if let Some(method) = self.special_method(frame, value, "__repr__") {
                    return self.call(frame, &method, &Arguments::default(), span);
                }
                if let Some(text) = self.fields_represented(frame, value, 0) {
                    return text;
                }
                return self.represented(frame, value);
            }
            Some(_) => {
                let text = self.text_value(frame, value);
                return Self::laid_out(&text, specification, false);
            }
            None => {}
        }
        if let Some(method) = self.special_method(frame, value, "__format__") {
            return self.call(frame, &method, &Arguments::of(vec![specification.clone()]), span);
        }
        if let Some(text) = specification.as_string() {
            let kind = text.chars().last();
            if matches!(
                kind,
                Some('d' | 'b' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%')
            ) && !value.texts.iter().any(|text| text.as_constant().is_some())
            {
                // Only numbers pass; anything else raises.
                return match value.as_constant() {
                    Some(Constant::Integer(number)) if text == "d" => Value::string(&number.to_string()),
                    _ => Value::unknown(),
                };
            }
        }
        let text = self.text_value(frame, value);
        let is_number = value.as_constant().is_some_and(|constant| constant.number().is_some());
        Self::laid_out(&text, specification, is_number)
    }

    /// A text as wide as its format says.
    fn laid_out(text: &Value, specification: &Value, is_number: bool) -> Value {
        if specification.as_string() == Some("") {
            return text.clone();
        }
        if text.as_string().is_some() {
            let padded = text.as_string().zip(specification.as_string());
            return match padded.and_then(|(text, format)| super::formats::padded(text, format, is_number)) {
                Some(text) => Value::string(&text),
                None => Value::opaque(specification.own_labels().inexact()),
            };
        }
        let padding = specification.own_labels();
        text.map_text(str::to_owned, Labels::inexact).with_labels(&padding.inexact())
    }

    /// `repr(value)`: line breaks and other controls are written as escapes.
    pub(super) fn represented(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        let labels = self.deep_labels(frame, value);
        if let Some(constant) = value.as_constant() {
            return Value::string(&constant.text());
        }
        if let Some(text) = value.as_string()
            && text.chars().all(|one| one.is_ascii_graphic() && !matches!(one, '\'' | '\\'))
        {
            return Value::string(&format!("'{text}'"));
        }
        let controls = CharSet::range(0, 31);
        let labels = labels.restrict(!controls, CharSet::of("\\'")).inexact();
        // A literal of Python, as long as its quotes stay.
        let plain = value
            .refs
            .iter()
            .all(|one| !matches!(one, Ref::Instance(name) if name.as_str() != "builtins.str"));
        let labels = if plain { labels.clear(KindSet::EMPTY.with(SinkKind::Code)) } else { labels };
        Value::text(Text::from_parts(vec![
            Part::Literal("'".into()),
            Part::Hole { labels, identity: None },
            Part::Literal("'".into()),
        ]))
    }
}

/// What is left of the elements of a container in its text, where `repr` writes them: line breaks and
/// other controls become escapes.
fn escaped(labels: &Labels) -> Labels {
    labels.restrict(!CharSet::range(0, 31), CharSet::EMPTY).inexact()
}

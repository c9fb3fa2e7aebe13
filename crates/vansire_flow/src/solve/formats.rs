//! Texts put together after a pattern: `%`, `format`, `string.Template`, f-strings.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Part, Ref, Text, Value};
use crate::text::format::{self, FormatPart, Reference};

impl<'p> Solver<'p> {
    /// `template % values`
    pub(super) fn percent(
        &mut self,
        frame: &mut Frame<'p>,
        template: &Value,
        values: &Value,
        span: Span,
    ) -> Value {
        let Some(formats) = template.as_strings() else {
            let labels = template.own_labels().union(&self.deep_labels(frame, values)).inexact();
            let mut texts = Vec::new();
            for text in &template.texts {
                // Known parts of the template stay; what is filled in can stand anywhere.
                texts.push(Text::from_parts(vec![
                    Part::Literal(text.prefix().split('%').next().unwrap_or_default().into()),
                    Part::Hole { labels: labels.clone(), identity: None },
                ]));
            }
            return if texts.is_empty() { Value::opaque(labels) } else { Value::texts(texts) };
        };
        let formats: Vec<String> = formats.into_iter().map(str::to_owned).collect();
        let mut result = Value::undefined();
        for text in formats {
            let elements = match values.refs.first() {
                Some(Ref::Tuple(elements)) if values.refs.len() == 1 => Some((**elements).clone()),
                _ => None,
            };
            let mut made = Value::string("");
            for piece in format::percent_parts(&text).unwrap_or_default() {
                let value = match piece {
                    FormatPart::Literal(text) => Value::string(&text),
                    FormatPart::Field(field) => {
                        let value = match &field.reference {
                            Reference::Auto(at) | Reference::Position(at) => match &elements {
                                Some(elements) => elements.get(*at as usize).cloned().unwrap_or_default(),
                                None => values.clone(),
                            },
                            Reference::Name(name) => {
                                self.subscript(frame, values, &Value::string(name), span)
                            }
                        };
                        if field.numeric {
                            match value.as_constant() {
                                Some(constant) => Value::string(&constant.text()),
                                None => Value::unknown(),
                            }
                        } else {
                            let conversion = field.conversion;
                            self.formatted(frame, &value, conversion, &Value::string(""), span)
                        }
                    }
                };
                made = self.concatenate(frame, &made, &value);
            }
            result = result.join(&made);
        }
        self.identified(frame, result, span, 59)
    }

    pub(super) fn format_method(
        &mut self,
        frame: &mut Frame<'p>,
        template: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let Some(formats) = template.as_strings() else {
            let mut labels = template.own_labels();
            for value in arguments.all() {
                labels = labels.union(&self.deep_labels(frame, value));
            }
            let mut texts = Vec::new();
            for text in &template.texts {
                texts.push(Text::from_parts(vec![
                    Part::Literal(text.prefix().split('{').next().unwrap_or_default().into()),
                    Part::Hole { labels: labels.inexact(), identity: None },
                ]));
            }
            return if texts.is_empty() { Value::opaque(labels.inexact()) } else { Value::texts(texts) };
        };
        let formats: Vec<String> = formats.into_iter().map(str::to_owned).collect();
        let mut result = Value::undefined();
        for text in formats {
            let mut made = Value::string("");
            for piece in format::brace_parts(&text).unwrap_or_default() {
                let value = match piece {
                    FormatPart::Literal(text) => Value::string(&text),
                    FormatPart::Field(field) => {
                        let mut value = match &field.reference {
                            Reference::Auto(at) | Reference::Position(at) => arguments
                                .positional
                                .get(*at as usize)
                                .cloned()
                                .or_else(|| arguments.rest.clone())
                                .unwrap_or_default(),
                            Reference::Name(name) => arguments.keyword(name).unwrap_or_default(),
                        };
                        for step in &field.path {
                            value = match step {
                                format::Access::Attribute(name) => {
                                    self.attribute(frame, &value, Symbol::new(name), span)
                                }
                                format::Access::Key(key) => {
                                    self.subscript(frame, &value, &Value::string(key), span)
                                }
                                format::Access::Index(at) => {
                                    self.subscript(frame, &value, &Value::integer(i64::from(*at)), span)
                                }
                            };
                        }
                        if field.numeric && value.as_string().is_none() {
                            match value.as_constant() {
                                Some(constant) => Value::string(&constant.text()),
                                None => Value::unknown(),
                            }
                        } else {
                            let conversion = field.conversion;
                            self.formatted(frame, &value, conversion, &Value::string(""), span)
                        }
                    }
                };
                made = self.concatenate(frame, &made, &value);
            }
            result = result.join(&made);
        }
        self.identified(frame, result, span, 60)
    }

    /// `template.substitute(…)` of a `string.Template` whose text is known.
    pub(super) fn substituted(
        &mut self,
        frame: &mut Frame<'p>,
        template: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let [text] = template.texts.as_slice() else { return None };
        let text = text.as_constant()?.to_owned();
        let mapping = arguments.positional.first().cloned();
        let mut made = Value::string("");
        for part in format::dollar_parts(&text) {
            let piece = match part {
                FormatPart::Literal(text) => Value::string(&text),
                FormatPart::Field(field) => {
                    let Reference::Name(name) = field.reference else { continue };
                    let value = match (arguments.keyword(&name), &mapping) {
                        (Some(value), _) => value,
                        (None, Some(mapping)) => self.subscript(frame, mapping, &Value::string(&name), span),
                        (None, None) => arguments.keyword_rest.clone().unwrap_or_else(Value::unknown),
                    };
                    self.formatted(frame, &value, None, &Value::string(""), span)
                }
            };
            made = self.concatenate(frame, &made, &piece);
        }
        Some(self.identified(frame, made, span, 61))
    }
}

/// A known text under a format of alignment, width and precision; none for other formats.
pub(super) fn padded(text: &str, format: &str, is_number: bool) -> Option<String> {
    let characters: Vec<char> = format.chars().collect();
    let is_alignment = |at: usize| characters.get(at).is_some_and(|one| matches!(one, '<' | '>' | '^'));
    let (mut fill, mut alignment, mut at) = (' ', if is_number { '>' } else { '<' }, 0);
    if is_alignment(1) {
        (fill, alignment, at) = (characters[0], characters[1], 2);
    } else if is_alignment(0) {
        (alignment, at) = (characters[0], 1);
    }
    if characters.get(at) == Some(&'0') {
        // Zeros stand between the sign and the digits.
        if !is_number || text.starts_with('-') {
            return None;
        }
        fill = '0';
    }
    let number = |at: &mut usize| {
        let from = *at;
        while characters.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
        characters[from..*at].iter().collect::<String>().parse::<usize>().ok()
    };
    let width = number(&mut at).unwrap_or(0);
    let mut text = text.to_owned();
    if characters.get(at) == Some(&'.') && !is_number {
        at += 1;
        let precision = number(&mut at)?;
        text = text.chars().take(precision).collect();
    }
    if characters.get(at) == Some(&'s') && !is_number {
        at += 1;
    }
    if at != characters.len() || width > 256 {
        return None;
    }
    let missing = width.saturating_sub(text.chars().count());
    let front = match alignment {
        '>' => missing,
        '^' => missing / 2,
        _ => 0,
    };
    let pad = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    Some(format!("{}{text}{}", pad(front), pad(missing - front)))
}

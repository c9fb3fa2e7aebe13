//! Steps of models: what becomes of a text on its way through a call.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::external::CallSite;
use super::guards::PATHS;
use super::{Frame, Solver};
use crate::domain::{
    Fact, Identity, Kept, Label, Labels, Nature, Object, ObjectId, ObjectKind, Part, Ref, Text, Value,
};
use crate::model::{Base, Coding, Step, TextOperation};
use crate::text::{CharSet, Form, SinkKind};

impl<'p> Solver<'p> {
    pub(super) fn step_value(
        &mut self,
        frame: &mut Frame<'p>,
        step: &Step,
        site: &CallSite<'_>,
        name: Symbol,
    ) -> Value {
        let mut values: Vec<Value> = Vec::new();
        for port in &step.from {
            if let Base::ArgumentsFrom(from) = port.base
                && matches!(step.text, TextOperation::JoinPath)
            {
                values.extend(site.arguments.positional.iter().skip(from as usize).cloned());
                values.extend(site.arguments.rest.as_ref().map(segments));
                continue;
            }
            let value = self.port_value(frame, site, port);
            if !value.is_undefined() {
                values.push(value);
            }
        }
        let value = self.stepped_value(frame, step, site, name, &values);
        let given = || values.iter().fold(Value::undefined(), |all, value| all.join(value));
        match &step.coding {
            Some(Coding::Encodes { format, kept, content })
                if value.has_labels()
                    || self.encoding_hook.is_some()
                    || *kept == Kept::Whole && !value.is_constant() =>
            {
                let encoding = if let Some((content, hook)) = self.encoding_hook.take() {
                    self.encoding(frame, *format, *kept, &content, Some(&hook))
                } else {
                    let content = match content {
                        Some(port) => self.port_value(frame, site, port),
                        None => given(),
                    };
                    self.encoding(frame, *format, *kept, &content, None)
                };
                value.with_encoding(encoding)
            }
            Some(Coding::Whole) => {
                let encoding = self.encoding_of(frame, &given());
                value.with_encoding(encoding)
            }
            _ => value,
        }
    }

    pub(super) fn stepped_value(
        &mut self,
        frame: &mut Frame<'p>,
        step: &Step,
        site: &CallSite<'_>,
        name: Symbol,
        values: &[Value],
    ) -> Value {
        let value = match &step.text {
            TextOperation::JoinPath => {
                let joined = self.join_path(frame, values);
                self.implying_part(frame, values, joined, site.span)
            }
            operation => {
                let value = values.iter().fold(Value::undefined(), |all, value| all.join(value));
                if value.is_undefined() {
                    return value;
                }
                let value = self.text_operation(frame, operation, &value, site.span);
                if matches!(operation, TextOperation::JoinUrl) {
                    self.joined_url(frame, values, value, site.span)
                } else if matches!(operation, TextOperation::Decode) {
                    Self::normalized_address(frame, values, value, site.span)
                } else {
                    value
                }
            }
        };
        let value =
            if step.clears.is_empty() { value } else { value.map_labels(|labels| labels.clear(step.clears)) };
        if matches!(step.text, TextOperation::Identity | TextOperation::Content) {
            return value;
        }
        let value = match step.text {
            TextOperation::Bytes | TextOperation::Document => value,
            _ => value.map_labels(|labels| labels.of_nature(Nature::Plain)),
        };
        let own = value.own_labels();
        if own.is_empty() {
            return value;
        }
        let stepped = self.through_labels(frame, &own, site.span, name);
        let value = value.map_labels(|labels| {
            labels.map(|label| {
                let step = stepped.iter().find(|own| own.origin == label.origin).and_then(|own| own.step);
                Label { step: step.or(label.step), ..*label }
            })
        });
        if !matches!(step.text, TextOperation::Mapping) {
            return value;
        }
        let mut object = Object::new(ObjectKind::Dictionary);
        object.exact = false;
        object.keys = value.clone();
        object.rest = value;
        Value::object(self.allocate(frame, site.span, 143, object))
    }

    /// What objects of libraries hold, as it was put there; of all else, itself.
    fn content(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        let mut result = value.edit(|data| {
            data.refs.retain(|one| !matches!(one, Ref::Object(_) | Ref::Instance(_)));
            data.other |= value.refs.iter().any(|one| matches!(one, Ref::Instance(_)));
        });
        for reference in &value.refs {
            if let Ref::Object(id) = reference {
                let held = match self.kind(frame, *id) {
                    ObjectKind::External(_) => self.cell_content(frame, *id),
                    _ => Value::reference(reference.clone()),
                };
                result = result.join(&held);
            }
        }
        if result.is_undefined() { Value::unknown() } else { self.read(frame, &result) }
    }

    pub(super) fn text_operation(
        &mut self,
        frame: &mut Frame<'p>,
        operation: &TextOperation,
        value: &Value,
        span: Span,
    ) -> Value {
        let restrict = |value: &Value, keeps: CharSet, adds: CharSet| {
            value.map_text(
                |text| text.chars().filter(|&one| keeps.contains(one)).collect(),
                |labels| labels.restrict(keeps, adds),
            )
        };
        match operation {
            TextOperation::Identity => value.clone(),
            TextOperation::Content => self.content(frame, value),
            TextOperation::Bytes => {
                Value::opaque(self.deep_labels(frame, value).inexact().of_nature(Nature::Bytes))
            }
            TextOperation::Document => {
                let labels = self.deep_labels(frame, value).restrict(CharSet::ALL, CharSet::ALL);
                Value::opaque(labels.inexact().of_nature(Nature::Document))
            }
            TextOperation::Text | TextOperation::JoinUrl => {
                let labels = self.deep_labels(frame, value);
                let texts = self.texts_of(frame, value);
                if value.refs.is_empty()
                    || texts.iter().any(|text| text.as_constant().is_none() && !text.prefix().is_empty())
                {
                    let result = Value::texts(texts);
                    return if result.has_labels() || labels.is_empty() {
                        result
                    } else {
                        Value::opaque(labels.inexact())
                    };
                }
                if labels.is_empty() {
                    // What an object of the caller's holds, only the caller knows.
                    let result = Value::texts(texts);
                    if result.has_labels() {
                        return result;
                    }
                }
                let opaque = Value::opaque(labels);
                if let [one] = value.refs.as_slice()
                    && matches!(one, Ref::Instance(_) | Ref::Object(ObjectId::Path(_)))
                {
                    return opaque.with_identity(value.identity);
                }
                opaque.map_labels(Labels::inexact)
            }
            TextOperation::JoinPath => value.clone(),
            TextOperation::BaseName => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| text.rsplit(['/', '\\']).next().unwrap_or(text).to_owned(),
                    |labels| labels.restrict(!CharSet::of("/\\"), CharSet::EMPTY),
                )
            }
            TextOperation::DirectoryName => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| text.rsplit_once('/').map_or(String::new(), |(head, _)| head.to_owned()),
                    Clone::clone,
                )
            }
            TextOperation::NormalizePath | TextOperation::RealPath => {
                let base = value.identity.filter(|_| value.has_labels());
                let value = self.text_of_object(frame, value);
                // What stood in front may be gone, but where the result starts with it nothing climbs out.
                let texts: Vec<Text> = value
                    .as_texts()
                    .into_iter()
                    .map(|text| {
                        if let Some(text) = text.as_constant() {
                            return Text::literal(text);
                        }
                        let labels = text.labels().map(|label| Label { normalized: true, ..label.changed() });
                        // A prefix that `..` can take away isn't known any longer.
                        let climbs = labels.chars().contains('.') && labels.chars().contains('/');
                        if climbs || text.prefix().is_empty() {
                            Text::hole(labels, None)
                        } else {
                            Text::from_parts(
                                text.parts()
                                    .iter()
                                    .map(|part| match part {
                                        Part::Hole { labels, .. } => Part::Hole {
                                            labels: labels
                                                .map(|label| Label { normalized: true, ..label.changed() }),
                                            identity: None,
                                        },
                                        part @ Part::Literal(_) => part.clone(),
                                    })
                                    .collect(),
                            )
                        }
                    })
                    .collect();
                let result = self.identified(frame, Value::texts(texts), span, 49);
                // Where this lies in a folder, so does what it was made of.
                if let (Some(base), Some(own)) = (base, result.identity)
                    && base != own
                {
                    frame.state.add_fact(own, &Fact { implies: Some((base, PATHS)), ..Fact::default() });
                }
                result
            }
            TextOperation::EscapeHtml => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| {
                        text.replace('&', "&amp;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('"', "&quot;")
                            .replace('\'', "&#x27;")
                    },
                    |labels| labels.restrict(!CharSet::of("<>\"'"), CharSet::of("&;#")),
                )
            }
            TextOperation::UnescapeHtml | TextOperation::Decode => {
                let labels = self.deep_labels(frame, value);
                Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
            }
            TextOperation::QuoteShell => {
                let value = self.text_of_object(frame, value);
                let kinds = [SinkKind::Shell, SinkKind::Command].into_iter().collect();
                value.map_text(|text| format!("'{text}'"), |labels| labels.clear(kinds))
            }
            TextOperation::UnquoteShell => {
                let labels = self.deep_labels(frame, value);
                Value::opaque(labels.unquoted())
            }
            TextOperation::Normalize => {
                let value = self.text_of_object(frame, value);
                // Characters outside ASCII can become any of it: `；` is normalized to `;`.
                value.map_text(str::to_owned, |labels| {
                    labels.map(|label| {
                        let all = if label.chars.has_other() { CharSet::ALL } else { label.chars };
                        Label {
                            chars: all,
                            adds: if label.chars.has_other() { all } else { label.adds },
                            ..label.changed()
                        }
                    })
                })
            }
            TextOperation::QuoteUrl => {
                let value = self.text_of_object(frame, value);
                let keeps = CharSet::class("A-Za-z0-9_.~/-");
                value.map_text(
                    |text| {
                        if text.chars().all(|one| keeps.contains(one)) {
                            text.to_owned()
                        } else {
                            text.replace(' ', "%20")
                        }
                    },
                    |labels| labels.restrict(keeps, CharSet::of("%")),
                )
            }
            TextOperation::Elements | TextOperation::Mapping => {
                let element = self.element(frame, value, span);
                let values = self.values_of(frame, value);
                let all = element.join(&values);
                let labels = self.deep_labels(frame, &all);
                if labels.is_empty() { all } else { Value::opaque(labels.inexact()) }
            }
            TextOperation::JsonDump => {
                let labels = self.deep_labels(frame, value);
                // Quotes are written as `\"`, line breaks as `\n`, what isn't ASCII as `\u…`.
                let controls = CharSet::range(0, 31);
                let labels = labels.map(|label| {
                    // A number is written as it is.
                    if label.chars.is_subset_of(CharSet::NUMBER) {
                        return label.changed();
                    }
                    let one = Labels::one(*label);
                    let one = one.restrict(CharSet::ASCII.minus(controls), CharSet::of("\\\""));
                    one.iter().next().map_or(*label, Label::changed)
                });
                Value::opaque(labels)
            }
            TextOperation::Number => Value::unknown(),
            TextOperation::Table { keeps, adds } => {
                let value = self.text_of_object(frame, value);
                restrict(&value, *keeps, *adds)
            }
        }
    }

    /// The text of instances and objects; other values as they are.
    pub(super) fn text_of_object(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        if value.refs.is_empty() {
            return value.clone();
        }
        let texts = self.texts_of(frame, value);
        let result = Value::texts(texts);
        if result.identity.is_none() { result.with_identity(value.identity) } else { result }
    }

    /// A path of a folder and one part that carries data: where it is found to lie in the folder, so it does whenever
    /// they are joined.
    fn implying_part(&mut self, frame: &mut Frame<'p>, values: &[Value], joined: Value, span: Span) -> Value {
        let Some((_, parts)) = values.split_first() else { return joined };
        let mut carrying = values.iter().filter(|value| value.has_labels());
        let (Some(part), None) = (carrying.next(), carrying.next()) else { return joined };
        let Some(base) = part.identity.filter(|_| parts.iter().any(Value::has_labels)) else { return joined };
        let joined = self.identified(frame, joined, span, Identity::JOINED);
        if let Some(own) = joined.identity.filter(|own| own.is_joined()) {
            frame.state.add_fact(own, &Fact { implies: Some((base, PATHS)), ..Fact::default() });
        }
        joined
    }

    /// `os.path.join`: a part that begins with a separator starts over.
    pub(super) fn join_path(&mut self, frame: &mut Frame<'p>, values: &[Value]) -> Value {
        let mut result: Option<Value> = None;
        for value in values {
            let value = self.text_of_object(frame, value);
            let part = value.clone();
            result = Some(match result {
                None => part,
                Some(earlier) => {
                    let absolute =
                        value.as_strings().is_some_and(|all| all.iter().all(|text| text.starts_with('/')));
                    if absolute {
                        part
                    } else {
                        let separated = earlier
                            .texts
                            .iter()
                            .all(|text| text.suffix().ends_with('/') || text.as_constant() == Some(""))
                            && !earlier.other
                            && !earlier.texts.is_empty();
                        let earlier = if separated {
                            earlier
                        } else {
                            self.concatenate(frame, &earlier, &Value::string("/"))
                        };
                        let joined = self.concatenate(frame, &earlier, &part);
                        // An absolute part takes the place of all before it.
                        let starts_over = value.as_texts().iter().any(|text| {
                            matches!(text.parts().first(), Some(Part::Hole { labels, .. }) if labels.chars().contains('/')
                                && !labels.iter().all(|label| label.form.has(Form::RELATIVE)))
                        });
                        if starts_over {
                            // It does so where it begins with a slash, and then with no dash.
                            let rooted = part.map_labels(|labels| {
                                labels
                                    .map(|label| Label { form: label.form.union(Form::NO_OPTION), ..*label })
                            });
                            joined.join(&rooted.with_identity(None))
                        } else {
                            joined
                        }
                    }
                }
            });
        }
        result.unwrap_or_else(Value::unknown)
    }
}

/// Any number of names, of which each becomes a segment of a path: one after the other they can lead out of a
/// folder, but they don't begin anew.
fn segments(names: &Value) -> Value {
    let slash = CharSet::of("/");
    names.map_labels(|labels| {
        labels.map(|label| {
            if label.chars.contains('/') {
                return *label;
            }
            let form = label.form.union(Form::RELATIVE);
            Label { chars: label.chars | slash, adds: label.adds | slash, form, ..*label }
        })
    })
}

//! Octets: a single one of them is a number, and `struct` reads numbers and octets by a format.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Kept, Labels, MAXIMUM_ELEMENTS, Nature, Ref, Value};
use crate::text::CharSet;

/// A field of a format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Number,
    Octets,
}

impl<'p> Solver<'p> {
    /// What a function of `struct` gives; none where the format isn't known.
    pub(super) fn struct_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let format = arguments.get(0, "format")?;
        let format = format.as_string()?;
        let fields = fields_of(format)?;
        let written = Symbol::new(&format!("struct {format}"));
        match name {
            "struct.pack" => {
                let given = &arguments.positional[1..];
                if given.len() != fields.len() || arguments.rest.is_some() {
                    return None;
                }
                let mut labels = Labels::NONE;
                let mut content = Vec::new();
                for (field, value) in fields.iter().zip(given) {
                    let own = self.deep_labels(frame, value).inexact();
                    match field {
                        Field::Number => content.push(value.clone()),
                        Field::Octets => {
                            labels = labels.union(&own);
                            content.push(Value::opaque(own.of_nature(Nature::Bytes)));
                        }
                    }
                }
                let packed = Value::opaque(labels.of_nature(Nature::Bytes));
                let content = Value::tuple(content);
                let encoding = self.encoding(frame, written, Kept::Whole, &content, None);
                Some(packed.with_encoding(encoding))
            }
            "struct.unpack" | "struct.unpack_from" | "struct.iter_unpack" => {
                let buffer = arguments.get(1, "buffer")?;
                let whole = name == "struct.unpack" || arguments.get(2, "offset").is_none();
                let remembered =
                    self.encoding_of(frame, &buffer).filter(|own| own.format == written && whole);
                let fields = if let Some(encoding) = remembered {
                    encoding.content.clone()
                } else {
                    let labels = self.deep_labels(frame, &buffer);
                    let one = |field: &Field| match field {
                        Field::Number => number_of(&labels),
                        Field::Octets => Value::opaque(labels.inexact().of_nature(Nature::Bytes)),
                    };
                    Value::tuple(fields.iter().map(one).collect())
                };
                let content = fields.clone();
                if name == "struct.iter_unpack" {
                    return Some(self.loose_list(frame, content, span, 165));
                }
                debug_assert!(matches!(content.refs.as_slice(), [Ref::Tuple(_)]));
                Some(content)
            }
            _ => None,
        }
    }
}

/// One of so many octets, if it's surely octets.
pub(super) fn octet(labels: &Labels) -> Option<Value> {
    let octets = !labels.is_empty() && labels.iter().all(|label| label.nature == Nature::Bytes);
    octets.then(|| number_of(labels))
}

/// A number that is made of data.
fn number_of(labels: &Labels) -> Value {
    Value::opaque(labels.restrict(CharSet::EMPTY, CharSet::NUMBER).inexact())
}

/// The fields of a format, where all of it is understood and there aren't too many.
fn fields_of(format: &str) -> Option<Vec<Field>> {
    let format = format.strip_prefix(['@', '=', '<', '>', '!']).unwrap_or(format);
    let mut fields = Vec::new();
    let mut count: Option<usize> = None;
    for one in format.chars() {
        if let Some(digit) = one.to_digit(10) {
            count = Some(count.unwrap_or(0).checked_mul(10)?.checked_add(digit as usize)?);
            continue;
        }
        let times = count.take();
        match one {
            ' ' | '\t' | '\n' | 'x' => {}
            's' | 'p' => fields.push(Field::Octets),
            'c' | '?' | 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'l' | 'L' | 'q' | 'Q' | 'n' | 'N' | 'e' | 'f'
            | 'd' | 'P' => {
                let times = times.unwrap_or(1);
                if times > MAXIMUM_ELEMENTS {
                    return None;
                }
                let field = if one == 'c' { Field::Octets } else { Field::Number };
                fields.extend(std::iter::repeat_n(field, times));
            }
            _ => return None,
        }
        if fields.len() > MAXIMUM_ELEMENTS {
            return None;
        }
    }
    Some(fields)
}

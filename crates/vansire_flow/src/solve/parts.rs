//! Parts of values that nothing is known of: what tests and writes say about `data["key"]` and `data.name`.

use super::{Frame, Solver};
use crate::domain::{Fact, Identity, Key, Object, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    /// `base[key] = value` where the base isn't an object that is known: the part now holds what was written.
    pub(super) fn item_written(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        keys: Option<&[Key]>,
        value: &Value,
    ) {
        // A document that a request keeps is the same each time that it's asked for.
        let Some(whole @ (Identity::Site(..) | Identity::Entity(_))) = base.identity else { return };
        let part = match keys {
            Some([Key::Text(key)]) => whole.part('[', key.as_str()),
            _ => None,
        };
        self.part_written(frame, whole, part, base, value);
    }

    /// What a callee has written into a document that it was handed.
    pub(super) fn parts_changed(&mut self, frame: &mut Frame<'p>, base: &Value, written: &Object) {
        let Some(whole) = base.identity else { return };
        if !written.rest.is_undefined() {
            frame.state.forget_parts(whole);
        }
        for (key, value) in &written.entries {
            let value = if written.surely_has(key) { value.clone() } else { Value::unknown() };
            let keys = [key.clone()];
            if value.other && !value.has_labels() {
                // Whatever it was before, or this.
                if let Key::Text(name) = key
                    && let Some(part) = whole.part('[', name.as_str())
                {
                    frame.state.forget(part);
                }
                continue;
            }
            self.item_written(frame, base, Some(&keys), &value);
        }
    }

    /// `base.name = value` where the base isn't an object that is known.
    pub(super) fn attribute_written(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        name: vansire_python::Symbol,
        value: &Value,
    ) {
        let Some(whole @ Identity::Site(..)) = base.identity else { return };
        self.part_written(frame, whole, whole.part('.', name.as_str()), base, value);
    }

    fn part_written(
        &mut self,
        frame: &mut Frame<'p>,
        whole: Identity,
        part: Option<Identity>,
        base: &Value,
        value: &Value,
    ) {
        let labels = self.deep_labels(frame, value);
        let chars = labels.iter().fold(CharSet::EMPTY, |all, label| all | label.chars);
        match part {
            // What holds others isn't told apart from what is told of it by name.
            Some(part) if matches!(whole, Identity::Entity(_)) && !base.refs.is_empty() => {
                frame.state.forget(part);
            }
            // The part's labels stay those of the whole, with the characters that were written.
            Some(part) if chars != CharSet::ALL && base.refs.is_empty() => {
                frame.state.forget(part);
                frame.state.add_fact(part, &Fact { chars, ..Fact::default() });
            }
            _ => frame.state.forget_parts(whole),
        }
    }
}

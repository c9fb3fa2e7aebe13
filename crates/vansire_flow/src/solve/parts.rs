//! Parts of values that nothing is known of: what tests and writes say about `data["key"]` and `data.name`.

use super::{Frame, Solver};
use crate::domain::{Fact, Identity, Key, Value};
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
        let Some(whole @ Identity::Site(..)) = base.identity else { return };
        let part = match keys {
            Some([Key::Text(key)]) => whole.part('[', key.as_str()),
            _ => None,
        };
        self.part_written(frame, whole, part, base, value);
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
            // The part's labels stay those of the whole, with the characters that were written.
            Some(part) if chars != CharSet::ALL && base.refs.is_empty() => {
                frame.state.forget(part);
                frame.state.add_fact(part, &Fact { chars, ..Fact::default() });
            }
            _ => frame.state.forget_parts(whole),
        }
    }
}

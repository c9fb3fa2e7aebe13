//! Conditions and numbers.

use super::{Type, Writer};

impl Writer {
    pub fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.random.chance(20) {
            let one = self.condition(depth - 1);
            let two = self.condition(depth - 1);
            return match self.random.below(3) {
                0 => format!("({one} and {two})"),
                1 => format!("({one} or {two})"),
                _ => format!("not ({one})"),
            };
        }
        let text = self.variable(&Type::Text);
        let list = self.variable(&Type::list(Type::Text));
        let dictionary = self.variable(&Type::dictionary(Type::Text));
        let key = self.key();
        match (self.random.below(20), text, list, dictionary) {
            (0, Some(text), ..) => format!("{text} == {key}"),
            (1, Some(text), ..) => format!("{text} != {key}"),
            (2, Some(text), ..) => format!("{text} in (\"a\", \"b\")"),
            (3, Some(text), ..) => format!("{text} not in [\"a\", {key}]"),
            (4, Some(text), ..) => format!("isinstance({text}, str)"),
            (5, Some(text), ..) => format!("{text}.isalnum()"),
            (6, Some(text), ..) => format!("{text}.startswith({key})"),
            (7, Some(text), ..) => format!("{text} is not None"),
            (8, Some(text), ..) => format!("\" \" in {text}"),
            (9, Some(text), ..) => format!("len({text}) > {}", self.random.below(6)),
            (10, _, Some(list), _) => {
                format!("len({list}) {} {}", self.random.pick(&[">", "<", "=="]), self.random.below(4))
            }
            (11, Some(text), Some(list), _) => format!("{text} in {list}"),
            (12, _, Some(list), _) => list,
            (13, _, _, Some(dictionary)) => format!("{key} in {dictionary}"),
            (14, _, _, Some(dictionary)) => format!("{key} not in {dictionary}"),
            (15, Some(text), ..) => text,
            (16, ..) => format!(
                "{} {} {}",
                self.number(1),
                self.random.pick(&["<", ">", "==", "!=", "<="]),
                self.number(1)
            ),
            (17, _, Some(list), _) => format!("any(one == {key} for one in {list})"),
            (18, _, Some(list), _) => format!("all(one != {key} for one in {list})"),
            (19, ..) => self.random.pick(&["True", "False"]).to_owned(),
            _ => {
                let text = self.text(1);
                format!("{text} {} {key}", self.random.pick(&["==", "!=", "in", "<"]))
            }
        }
    }

    pub fn number(&mut self, depth: usize) -> String {
        if depth > 0 {
            let list = self.variable(&Type::list(Type::Text));
            let number = self.variable(&Type::Number);
            let text = self.variable(&Type::Text);
            match (self.random.below(8), list, number, text) {
                (0, Some(list), ..) => return format!("len({list})"),
                (1 | 2, _, Some(number), _) => return number,
                (3, _, Some(number), _) => return format!("({number} + {})", self.random.below(3)),
                (4, _, Some(number), _) => return format!("({number} % {})", self.random.between(2, 4)),
                (5, _, _, Some(text)) => return format!("{text}.count(\"a\")"),
                (6, _, _, Some(text)) => return format!("{text}.find(\" \")"),
                _ => {}
            }
        }
        self.random.below(4).to_string()
    }

    /// A position in something that holds a few values.
    pub fn position(&mut self) -> String {
        match self.random.below(10) {
            0..=4 => self.random.pick(&["0", "1", "-1", "-2", "2"]).to_owned(),
            5 => self.number(1),
            6 => format!("{} - {}", self.number(1), self.random.below(2)),
            _ => self.random.pick(&["0", "-1"]).to_owned(),
        }
    }

    pub fn slice(&mut self) -> String {
        match self.random.below(9) {
            0 => ":".to_owned(),
            1 => "1:".to_owned(),
            2 => ":-1".to_owned(),
            3 => "::-1".to_owned(),
            4 => ":1".to_owned(),
            5 => "-1:".to_owned(),
            6 => "::2".to_owned(),
            7 => format!("{}:", self.number(1)),
            _ => format!(":{}", self.number(1)),
        }
    }
}

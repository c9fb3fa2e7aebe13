//! Expressions that give containers.

use super::{Type, Writer};

impl Writer {
    pub fn list(&mut self, element: &Type, depth: usize) -> String {
        let of = Type::list(element.clone());
        if (depth == 0 || self.random.chance(30))
            && let Some(name) = self.variable(&of)
        {
            return name;
        }
        if depth > 0 {
            let depth = depth - 1;
            let name = self.variable(&of);
            match (self.random.below(22), name) {
                (0, Some(list)) => return format!("({list} + {})", self.list(element, depth)),
                (1, Some(list)) => return format!("{list}[{}]", self.slice()),
                (2, Some(list)) => return format!("list({list})"),
                (3, Some(list)) => return format!("{list}.copy()"),
                (4, Some(list)) => return format!("[*{list}, {}]", self.expression(element, depth)),
                (5, Some(list)) => return format!("list(reversed({list}))"),
                (6, Some(list)) => return format!("{list} * 2").wrapped(),
                (7, Some(list)) => return format!("[one for one in {list}]"),
                _ => {}
            }
            if *element == Type::Text {
                let list = self.list(element, depth);
                match self.random.below(18) {
                    0 => return format!("[one + {} for one in {list}]", self.text(0)),
                    1 => return format!("[one for one in {list} if one != {}]", self.key()),
                    2 => {
                        return format!(
                            "sorted({list}{})",
                            self.random.pick(&["", ", key=len", ", reverse=True", ", key=lambda o: -len(o)"])
                        );
                    }
                    3 => {
                        return format!(
                            "{}.split({})",
                            self.text(depth),
                            self.random.pick(&["", "\" \"", "\"a\"", "\" \", 1"])
                        );
                    }
                    4 => return format!("list(map({}, {list}))", self.expression(&Type::Callable, 1)),
                    5 => {
                        return format!(
                            "list(filter({}, {list}))",
                            self.random.pick(&["None", "len", "str.isalpha", "lambda o: o != \"a\""])
                        );
                    }
                    6 => {
                        let dictionary = self.dictionary(&Type::Text, depth);
                        return format!(
                            "{}({dictionary}{})",
                            self.random.pick(&["list", "sorted"]),
                            self.random.pick(&["", ".values()", ".keys()"])
                        );
                    }
                    7 => return format!("list({})", self.iterator(depth)),
                    8 => {
                        return format!(
                            "[two for one in {} for two in one]",
                            self.list(&Type::list(Type::Text), depth)
                        );
                    }
                    9 => return format!("[one + two for one, two in {}]", self.list(&pair(), depth)),
                    10 => {
                        return format!(
                            "[one[{}] for one in {}]",
                            self.random.below(2),
                            self.list(&pair(), depth)
                        );
                    }
                    11 => return format!("list({})", self.set(depth)),
                    12 => return format!("list({})", self.text(depth)),
                    13 => return format!("[{}] * {}", self.text(depth), self.random.between(1, 3)).wrapped(),
                    14 => {
                        return format!(
                            "[k + v for k, v in {}.items()]",
                            self.dictionary(&Type::Text, depth)
                        );
                    }
                    _ => {}
                }
            } else if *element == pair() {
                let list = self.list(&Type::Text, depth);
                match self.random.below(7) {
                    0 => return format!("list(zip({list}, {}))", self.list(&Type::Text, depth)),
                    1 => return format!("[(one, {}) for one in {list}]", self.text(0)),
                    2 => return format!("list({}.items())", self.dictionary(&Type::Text, depth)),
                    3 => return format!("[(b, a) for a, b in {}]", self.list(element, depth)),
                    _ => {}
                }
            } else if *element == Type::list(Type::Text) {
                match self.random.below(5) {
                    0 => return format!("[[one] for one in {}]", self.list(&Type::Text, depth)),
                    1 => return format!("[one.split() for one in {}]", self.list(&Type::Text, depth)),
                    _ => {}
                }
            }
        }
        let count = match self.random.below(8) {
            0 => 0,
            1 => 1,
            2..=5 => 2,
            _ => 3,
        };
        let elements: Vec<String> =
            (0..count).map(|_| self.expression(element, depth.saturating_sub(1))).collect();
        format!("[{}]", elements.join(", "))
    }

    pub fn tuple(&mut self, elements: &[Type], depth: usize) -> String {
        let values: Vec<String> =
            elements.iter().map(|of| self.expression(of, depth.saturating_sub(1))).collect();
        if *elements == [Type::Text, Type::Text] && depth > 0 {
            let list = self.list(&Type::Text, depth - 1);
            match self.random.below(9) {
                0 => return format!("tuple({list}[:2])"),
                1 => return format!("({} + ({},))", format_args!("({},)", values[0]), values[1]),
                2 => return format!("(*[{}], {})", values[0], values[1]),
                3 => return format!("{}.popitem()", self.dictionary(&Type::Text, depth - 1)),
                _ => {}
            }
        }
        format!("({})", values.join(", "))
    }

    pub fn dictionary(&mut self, element: &Type, depth: usize) -> String {
        let of = Type::dictionary(element.clone());
        if (depth == 0 || self.random.chance(30))
            && let Some(name) = self.variable(&of)
        {
            return name;
        }
        if depth > 0 {
            let depth = depth - 1;
            let name = self.variable(&of);
            match (self.random.below(14), name) {
                (0, Some(name)) => {
                    return format!("{{**{name}, {}: {}}}", self.key(), self.expression(element, depth));
                }
                (1, Some(name)) => return format!("dict({name})"),
                (2, Some(name)) => return format!("{name}.copy()"),
                (3, Some(name)) => return format!("({name} | {})", self.dictionary(element, depth)),
                (4, Some(name)) => return format!("{{k: v for k, v in {name}.items()}}"),
                (5, Some(name)) => return format!("{{**{}, **{name}}}", self.dictionary(element, depth)),
                (6, Some(name)) => return format!("dict({name}, a={})", self.expression(element, depth)),
                (7, Some(name)) => return format!("{{k: {name}[k] for k in {name} if k != {}}}", self.key()),
                (8, _) => {
                    return format!(
                        "dict(a={}, b={})",
                        self.expression(element, depth),
                        self.expression(element, depth)
                    );
                }
                (9, _) => {
                    return format!("dict.fromkeys([\"a\", \"b\"], {})", self.expression(element, depth));
                }
                _ => {}
            }
            if *element == Type::Text {
                match self.random.below(9) {
                    0 => return format!("dict(zip([\"a\", \"b\"], {}))", self.list(&Type::Text, depth)),
                    1 => return format!("{{one: one for one in {}}}", self.list(&Type::Text, depth)),
                    2 => return format!("dict({})", self.list(&pair(), depth)),
                    3 => return format!("{{one[0]: one[1] for one in {}}}", self.list(&pair(), depth)),
                    4 => return format!("{{{}: {}}}", self.text(depth), self.text(depth)),
                    5 => {
                        return format!(
                            "{{str(i): one for i, one in enumerate({})}}",
                            self.list(&Type::Text, depth)
                        );
                    }
                    _ => {}
                }
            }
        }
        let mut entries = Vec::new();
        for key in ["\"a\"", "\"b\"", "\"key\""] {
            if self.random.chance(60) {
                entries.push(format!("{key}: {}", self.expression(element, depth.saturating_sub(1))));
            }
        }
        format!("{{{}}}", entries.join(", "))
    }

    pub fn set(&mut self, depth: usize) -> String {
        let depth = depth.saturating_sub(1);
        match self.random.below(5) {
            0 => format!("set({})", self.list(&Type::Text, depth)),
            1 => format!("{{one for one in {}}}", self.list(&Type::Text, depth)),
            2 => match self.variable(&Type::Set) {
                Some(name) => {
                    format!("({name} {} {{{}}})", self.random.pick(&["|", "-", "&", "^"]), self.text(depth))
                }
                None => format!("{{{}}}", self.text(depth)),
            },
            _ => format!("{{{}, {}}}", self.text(depth), self.text(depth)),
        }
    }

    pub fn iterator(&mut self, depth: usize) -> String {
        let depth = depth.saturating_sub(1);
        let generators: Vec<_> =
            self.functions.iter().filter(|one| one.result == Type::Iterator).cloned().collect();
        if self.random.chance(50)
            && let Some(generator) = self.random.one(&generators)
        {
            return self.call(&generator.name.clone(), &generator, depth);
        }
        let list = self.list(&Type::Text, depth);
        match self.random.below(6) {
            0 => format!("iter({list})"),
            1 => format!("(one for one in {list})"),
            2 => format!("(one + {} for one in {list})", self.text(0)),
            3 => format!("map({}, {list})", self.expression(&Type::Callable, 1)),
            4 => format!("reversed({list})"),
            _ => format!("filter(None, {list})"),
        }
    }
}

fn pair() -> Type {
    Type::Tuple(vec![Type::Text, Type::Text])
}

trait Wrapped {
    fn wrapped(self) -> String;
}

impl Wrapped for String {
    fn wrapped(self) -> String {
        format!("({self})")
    }
}

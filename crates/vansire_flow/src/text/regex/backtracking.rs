//! Whether a pattern can take exponential time: a repetition that can read one text in several ways, behind which the
//! match can still fail.
//!
//! A repetition is turned into the automaton of its positions (Glushkov, 1961). A text can be read in exponentially
//! many ways where a position comes back to itself along two different paths of one text (Weber and Seidl, *On the
//! degree of ambiguity of finite automata*, 1991), which is looked for in the product of the automaton with itself.

use super::parse::{Anchor, Node, Set};
use super::{MatchMode, RegexFacts};
use crate::text::CharSet;

/// Repetitions with more positions aren't looked at: the product has the square of them.
const MAXIMUM_POSITIONS: usize = 120;

impl RegexFacts {
    /// Whether there are texts for which a match takes exponential time.
    pub fn is_exponential(&self, mode: MatchMode) -> bool {
        slow(&self.root, mode == MatchMode::FullMatch)
    }
}

/// `fails`: what follows can still make the match fail.
fn slow(node: &Node, fails: bool) -> bool {
    match node {
        Node::Concat(nodes) => {
            (0..nodes.len()).any(|at| slow(&nodes[at], fails || nodes[at + 1..].iter().any(can_fail)))
        }
        Node::Alternation(nodes) => nodes.iter().any(|one| slow(one, fails)),
        Node::Group { node, .. } => slow(node, fails),
        Node::Repeat { node, max, .. } => max.is_none() && fails && is_ambiguous(node) || slow(node, fails),
        // What is inside is tried once, but it may itself take long where it has an end of its own.
        Node::Look { node, .. } | Node::Atomic(node) => slow(node, false),
        Node::Conditional(one, two) => slow(one, fails) || slow(two, fails),
        Node::Empty | Node::Char(_) | Node::Set(_) | Node::Anchor(_) | Node::BackReference(_) => false,
    }
}

/// Whether a part of a pattern doesn't match everywhere.
fn can_fail(node: &Node) -> bool {
    match node {
        Node::Char(_) | Node::Set(_) | Node::Look { .. } => true,
        Node::Anchor(anchor) => matches!(anchor, Anchor::TextEnd | Anchor::TextEndOrBreak),
        Node::Concat(nodes) => nodes.iter().any(can_fail),
        Node::Alternation(nodes) => nodes.iter().all(can_fail),
        Node::Group { node, .. } | Node::Atomic(node) => can_fail(node),
        Node::Repeat { node, min, .. } => *min > 0 && can_fail(node),
        Node::Empty | Node::BackReference(_) | Node::Conditional(..) => false,
    }
}

/// The automaton of the positions of a pattern.
#[derive(Default)]
struct Positions {
    sets: Vec<Set>,
    /// Which position follows on which, as often as there are ways.
    follow: Vec<Vec<usize>>,
}

/// What a part of a pattern begins and ends with.
struct Ends {
    first: Vec<usize>,
    last: Vec<usize>,
    nullable: bool,
}

impl Positions {
    fn add(&mut self, set: Set) -> Option<Ends> {
        if self.sets.len() >= MAXIMUM_POSITIONS {
            return None;
        }
        self.sets.push(set);
        self.follow.push(Vec::new());
        let at = self.sets.len() - 1;
        Some(Ends { first: vec![at], last: vec![at], nullable: false })
    }

    fn connect(&mut self, from: &[usize], to: &[usize]) {
        for &one in from {
            self.follow[one].extend(to);
        }
    }

    /// None where the pattern has something that isn't regular.
    fn build(&mut self, node: &Node) -> Option<Ends> {
        let empty = || Ends { first: Vec::new(), last: Vec::new(), nullable: true };
        match node {
            Node::Empty | Node::Anchor(_) => Some(empty()),
            Node::Char(one) => self.add(Set { may: literal(*one), sure_other: false }),
            Node::Set(set) => self.add(*set),
            Node::Group { node, .. } => self.build(node),
            Node::Concat(nodes) => {
                let mut all = empty();
                for node in nodes {
                    let one = self.build(node)?;
                    self.connect(&all.last, &one.first);
                    if all.nullable {
                        all.first.extend(&one.first);
                    }
                    if one.nullable {
                        all.last.extend(&one.last);
                    } else {
                        all.last = one.last;
                    }
                    all.nullable &= one.nullable;
                }
                Some(all)
            }
            Node::Alternation(nodes) => {
                let mut all = Ends { first: Vec::new(), last: Vec::new(), nullable: false };
                for node in nodes {
                    let one = self.build(node)?;
                    all.first.extend(one.first);
                    all.last.extend(one.last);
                    all.nullable |= one.nullable;
                }
                Some(all)
            }
            Node::Repeat { node, min, max } => {
                let mut one = self.build(node)?;
                if max.is_none() {
                    self.connect(&one.last, &one.first);
                }
                one.nullable |= *min == 0;
                Some(one)
            }
            Node::Look { .. } | Node::Atomic(_) | Node::BackReference(_) | Node::Conditional(..) => None,
        }
    }

    fn overlap(&self, one: usize, two: usize) -> bool {
        let (one, two) = (self.sets[one], self.sets[two]);
        (one.may & two.may & CharSet::ASCII) != CharSet::EMPTY || one.sure_other && two.sure_other
    }

    /// The pairs of positions that one text can lead to from a pair.
    fn pairs_after(&self, pair: (usize, usize)) -> Vec<(usize, usize)> {
        let mut after = Vec::new();
        for &one in &self.follow[pair.0] {
            for &two in &self.follow[pair.1] {
                if self.overlap(one, two) {
                    after.push((one, two));
                }
            }
        }
        after
    }
}

/// Whether a repetition of the node can read one text in exponentially many ways.
fn is_ambiguous(node: &Node) -> bool {
    let mut positions = Positions::default();
    let Some(ends) = positions.build(node) else { return false };
    positions.connect(&ends.last, &ends.first);
    let count = positions.sets.len();
    if count == 0 {
        return false;
    }
    // Two ways from one position to the next, and a way back.
    for from in 0..count {
        for (at, to) in positions.follow[from].iter().enumerate() {
            if positions.follow[from][..at].contains(to) && reaches(&positions, *to, from) {
                return true;
            }
        }
    }
    // From a position to two different ones on one text, and from these back to the position.
    (0..count).any(|start| {
        let mut seen = vec![[false; 2]; count * count];
        let mut waiting = vec![((start, start), false)];
        while let Some((pair, apart)) = waiting.pop() {
            for next in positions.pairs_after(pair) {
                let apart = apart || next.0 != next.1;
                if apart && next == (start, start) {
                    return true;
                }
                let known = &mut seen[next.0 * count + next.1][usize::from(apart)];
                if !*known {
                    *known = true;
                    waiting.push((next, apart));
                }
            }
        }
        false
    })
}

fn literal(one: char) -> CharSet {
    match u8::try_from(one) {
        Ok(byte) if byte < 128 => CharSet::range(byte, byte),
        // One character outside of ASCII is hardly the same as another one.
        _ => CharSet::EMPTY,
    }
}

fn reaches(positions: &Positions, from: usize, to: usize) -> bool {
    let mut seen = vec![false; positions.sets.len()];
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            waiting.extend(&positions.follow[at]);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::{MatchMode, RegexFlags, facts};

    #[test]
    fn exponential_patterns() {
        let slow = |pattern: &str| {
            facts(pattern, RegexFlags::default()).is_some_and(|facts| facts.is_exponential(MatchMode::Match))
        };
        for pattern in [
            r"(a+)+$",
            r"^(\w+\s?)*$",
            r"(a|a)*b",
            r"(a|ab|b)*c",
            r"([a-z]+)*@",
            r"(.*)*x",
            r"^([a-zA-Z0-9]+)+@shop$",
            r"(\d+|\w)+-",
            r"((a*)*)b",
        ] {
            assert!(slow(pattern), "{pattern}");
        }
        for pattern in [
            r"(a+)+",
            r"^\w+(?:\s\w+)*$",
            r"(a|b)*c",
            r"[a-z]*@",
            r".*.*x",
            r"(\d+,)*\d+$",
            r"(a{1,3})x",
            r"^(-?\d+ )*$",
            r"^[\w.-]+@[\w-]+(\.[\w-]+)+$",
        ] {
            assert!(!slow(pattern), "{pattern}");
        }
    }
}

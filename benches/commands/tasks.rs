//! The tasks that are stored while the times are taken: varied, as Taskwarrior exports them, and the same every time.

use serde_json::{Value, json};

const PROJECTS: [&str; 8] =
    ["home", "home.garden", "home.flat", "work", "work.billing", "work.site.search", "club", "errands"];
const TAGS: [&str; 9] = ["bills", "phone", "buy", "read", "someday", "waiting", "quick", "family", "travel"];
const VERBS: [&str; 8] = ["Pay", "Call", "Write to", "Repair", "Order", "Look at", "Plan", "Return"];
const THINGS: [&str; 11] = [
    "the rent",
    "the dentist",
    "a birthday card",
    "the bicycle",
    "coffee beans",
    "the invoice of last month",
    "the roof",
    "a train to the coast",
    "the library books",
    "the heating",
    "Zoë's parcel",
];

/// Returns so many tasks as a JSON array, one a line.
pub(super) fn taskwarrior_json(count: usize) -> String {
    let mut dice = Dice(0x6e75_6467_6531_3031);
    let mut pending = 0;
    let tasks: Vec<String> = (0..count)
        .map(|place| {
            let mut task = task(place, &mut dice);
            // An export numbers what is open, and gives the rest a 0.
            let is_open = task["status"] == "pending";
            pending += u64::from(is_open);
            task["id"] = json!(if is_open { pending } else { 0 });
            task.to_string()
        })
        .collect();
    format!("[\n{}\n]\n", tasks.join(",\n"))
}

fn task(place: usize, dice: &mut Dice) -> Value {
    let entry = dice.day(2024);
    let mut task = json!({
        "uuid": dice.uuid(),
        "description": format!("{} {}, part {place}", dice.pick(&VERBS), dice.pick(&THINGS)),
        "entry": entry,
        "modified": dice.day(2025),
        "status": "pending",
    });
    // Every tenth task has a rare thing, three in ten are done, and so on: as lists of some years are.
    if place % 10 < 3 {
        task["status"] = json!("completed");
        task["end"] = json!(dice.day(2025));
    } else if place % 10 == 3 {
        task["scheduled"] = json!(dice.day(2026));
    }
    if dice.below(10) < 7 {
        task["project"] = json!(dice.pick(&PROJECTS));
    }
    if dice.below(10) < 4 {
        task["due"] = json!(dice.day(2027));
    }
    if dice.below(10) < 3 {
        task["priority"] = json!(dice.pick(&["H", "M", "L"]));
    }
    let mut tags: Vec<&str> = (0..dice.below(4)).map(|_| dice.pick(&TAGS)).collect();
    tags.sort_unstable();
    tags.dedup();
    if !tags.is_empty() {
        task["tags"] = json!(tags);
    }
    if dice.below(10) < 2 {
        let note =
            |dice: &mut Dice| json!({"entry": dice.day(2025), "description": format!("asked {}", dice.pick(&THINGS))});
        task["annotations"] = (0..=dice.below(2)).map(|_| note(dice)).collect();
    }
    if dice.below(20) == 0 {
        task["estimate"] = json!(format!("{}h", 1 + dice.below(9)));
    }
    task
}

/// Numbers that look random and are the same every time (xorshift, by G. Marsaglia).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let place = self.below(from.len() as u64);
        usize::try_from(place).ok().and_then(|place| from.get(place)).copied().unwrap_or_default()
    }

    /// A moment in the year, as Taskwarrior writes it; one in three is a midnight, which is how it writes a day.
    fn day(&mut self, year: u32) -> String {
        let (month, day) = (1 + self.below(12), 1 + self.below(28));
        let (hour, minute) = if self.below(3) == 0 { (0, 0) } else { (self.below(24), self.below(60)) };
        format!("{year}{month:02}{day:02}T{hour:02}{minute:02}00Z")
    }

    fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes((u128::from(self.roll()) << 64 | u128::from(self.roll())).to_be_bytes())
            .into_uuid()
            .to_string()
    }
}

//! Random histories: whatever was done is taken back step by step.

use super::*;

/// One step of a random history.
#[derive(Debug, Clone)]
enum Move {
    Add(u8),
    Modify(u8, u8),
    Act(u8, u8),
    Batch(u8, u8),
    Undo,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => any::<u8>().prop_map(Move::Add),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(task, words)| Move::Modify(task, words)),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(task, step)| Move::Act(task, step)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(first, last)| Move::Batch(first, last)),
        2 => Just(Move::Undo),
    ];
    prop::collection::vec(one, 1..25)
}

const WORDS: [&str; 8] =
    ["new title", "+a", "-a +b", "due:tomorrow remind:1d", "due:", "project:p priority:H", "wait:3d", "note:text"];

impl World {
    /// Makes a move; says whether something changed.
    async fn make(&self, step: &Move, tasks: u8) -> bool {
        let task = |seed: u8| i64::from(seed % tasks.max(1)) + 1;
        let before = self.state().await;
        match step {
            Move::Add(words) => {
                self.add(&format!("task {}", WORDS[usize::from(words % 8)])).await;
            }
            Move::Modify(seed, words) => {
                let input = words_of(WORDS[usize::from(words % 8)]);
                // What the state does not allow changes nothing, which is compared below.
                drop(self.act(task(*seed), Step::Modify(Box::new(input))).await);
            }
            Move::Act(seed, step) => {
                let steps = [
                    Step::Complete,
                    Step::Reopen,
                    Step::Delete,
                    Step::Start,
                    Step::Stop,
                    Step::Annotate("line".into()),
                ];
                drop(self.act(task(*seed), steps[usize::from(step % 6)].clone()).await);
            }
            Move::Batch(first, last) => {
                let (first, last) = (task(*first.min(last)), task(*first.max(last)));
                let tasks = vec![format!("{}-{}", first.min(last), first.max(last))];
                let request = BatchRequest { action: Action::Complete, tasks, change: None, text: None };
                drop(self.tasks.batch(&self.actor, &request).await);
            }
            Move::Undo => {}
        }
        self.clock.set(self.clock.now() + SignedDuration::from_secs(1));
        self.state().await != before
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// At any depth, an undo gives exactly what was before, and undoing everything leaves nothing.
    #[test]
    fn undo_goes_back_step_by_step(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            let (mut past, mut added) = (Vec::new(), 0);
            for step in &moves {
                if matches!(step, Move::Undo) {
                    if let Some(before) = past.pop() {
                        world.undo().await.expect("there is something to undo");
                        assert_eq!(world.state().await, before);
                    }
                    continue;
                }
                let before = world.state().await;
                added += u8::from(matches!(step, Move::Add(_)));
                if world.make(step, added).await {
                    past.push(before);
                }
            }
            while let Some(before) = past.pop() {
                world.undo().await.expect("there is something to undo");
                assert_eq!(world.state().await, before);
            }
            assert_eq!(world.undo().await.expect_err("all is undone").code(), ErrorCode::NothingToUndo);
            assert!(world.titles().await.is_empty());
        });
    }
}

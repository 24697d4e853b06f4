//! Which store is taken when a keyring works, is locked, or never answers. The system's own is tried elsewhere.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;

use crate::config::private;

use super::*;

/// A keyring that does as it is told.
#[derive(Default)]
pub(in crate::client) struct Fake {
    /// What it keeps.
    pub(in crate::client) kept: Mutex<BTreeMap<String, String>>,
    /// What is the matter with it; `Silent` has it block for ever.
    pub(in crate::client) trouble: Mutex<Option<Trouble>>,
    /// What to look at when something is written.
    pub(in crate::client) on_write: Mutex<Option<Box<dyn FnMut() + Send>>>,
}

impl Fake {
    pub(in crate::client) fn troubled(trouble: Trouble) -> Arc<Self> {
        Arc::new(Self { trouble: Mutex::new(Some(trouble)), ..Self::default() })
    }

    pub(in crate::client) fn names(&self) -> Vec<String> {
        self.kept.lock().expect("lock").keys().cloned().collect()
    }

    fn ready(&self) -> Result<(), Trouble> {
        let trouble = self.trouble.lock().expect("lock").clone();
        match trouble {
            Some(Trouble::Silent) => loop {
                std::thread::park();
            },
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }
}

impl Keyring for Fake {
    fn read(&self, name: &str) -> Result<Option<Sensitive>, Trouble> {
        self.ready()?;
        Ok(self.kept.lock().expect("lock").get(name).map(Sensitive::new))
    }

    fn write(&self, name: &str, secret: &Sensitive) -> Result<(), Trouble> {
        self.ready()?;
        if let Some(look) = &mut *self.on_write.lock().expect("lock") {
            look();
        }
        self.kept.lock().expect("lock").insert(name.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Trouble> {
        self.ready()?;
        self.kept.lock().expect("lock").remove(name);
        Ok(())
    }
}

fn secrets(folder: &Path, keyring: &Arc<Fake>) -> Secrets {
    let keyring = Guarded::new(Arc::clone(keyring) as Arc<dyn Keyring>, Duration::from_millis(20));
    Secrets::new(keyring, folder.join("tokens").join("work.refresh"), "work", "https://a.org".to_owned())
}

#[tokio::test]
async fn a_keyring_that_works_is_taken_and_nothing_is_left_of_the_probe() {
    let (folder, keyring) = (tempfile::tempdir().expect("folder"), Arc::default());
    let secrets = secrets(folder.path(), &keyring);
    assert_eq!(secrets.choose(None).await.expect("chosen"), (Store::Keyring, None));
    assert_eq!(secrets.choose(Some(Store::Keyring)).await.expect("chosen"), (Store::Keyring, None));
    assert_eq!(secrets.choose(Some(Store::File)).await.expect("chosen"), (Store::File, None));
    assert!(keyring.names().is_empty());
    secrets.write(Store::Keyring, &Sensitive::new("one")).await.expect("kept");
    assert_eq!(keyring.names(), ["work@https://a.org"]);
    let read = secrets.read(Store::Keyring).await.expect("read");
    assert_eq!(read.as_ref().map(Sensitive::expose), Some("one"));
    secrets.remove(Store::Keyring).await.expect("removed");
    assert!(keyring.names().is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0, "and no file was made");
}

#[tokio::test]
async fn a_keyring_in_trouble_is_told_of_and_the_file_is_taken_unless_the_keyring_is_demanded() {
    let folder = tempfile::tempdir().expect("folder");
    for trouble in [Trouble::NoBus, Trouble::NoService, Trouble::Locked, Trouble::Silent, Trouble::NotBuilt] {
        let secrets = secrets(folder.path(), &Fake::troubled(trouble.clone()));
        assert_eq!(secrets.choose(None).await.expect("chosen"), (Store::File, Some(trouble.clone())));
        let refused = secrets.choose(Some(Store::Keyring)).await.expect_err("demanded");
        assert!(refused.to_string().ends_with(&trouble.to_string()), "{refused}");
        assert!(refused.hint().expect("hint").contains("`--store file`"));
    }
}

#[tokio::test]
async fn a_recorded_keyring_in_trouble_is_an_error_and_never_a_wait_or_a_file() {
    let folder = tempfile::tempdir().expect("folder");
    for (trouble, told) in [(Trouble::Silent, "does not answer"), (Trouble::Locked, "is locked")] {
        let secrets = secrets(folder.path(), &Fake::troubled(trouble));
        let outcomes = [
            secrets.read(Store::Keyring).await.map(drop),
            secrets.write(Store::Keyring, &Sensitive::new("one")).await,
            secrets.remove(Store::Keyring).await,
        ];
        for outcome in outcomes {
            let error = outcome.expect_err("in trouble");
            assert!(matches!(error, ClientError::Broken { .. }) && error.to_string().contains(told), "{error}");
            assert!(error.hint().expect("hint").starts_with("unlock it"));
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0);
}

#[tokio::test]
async fn the_file_is_private_and_its_token_goes_to_its_own_origin_only() {
    let (folder, keyring) = (tempfile::tempdir().expect("folder"), Arc::default());
    let mut secrets = secrets(folder.path(), &keyring);
    assert!(secrets.read(Store::File).await.expect("none").is_none());
    secrets.write(Store::File, &Sensitive::new("one")).await.expect("kept");
    let path = secrets.file.clone();
    assert_eq!(std::fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
    assert_eq!(secrets.read(Store::File).await.expect("read").as_ref().map(Sensitive::expose), Some("one"));

    secrets.origin = "https://b.org".to_owned();
    assert!(secrets.read(Store::File).await.expect("of another").is_none());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("loosened");
    let loose = secrets.read(Store::File).await.expect_err("loose");
    assert!(matches!(loose, ClientError::Config(_)) && !loose.to_string().contains("one\""), "{loose}");
    std::fs::remove_file(&path).expect("removed");
    private::write(&path, b"\"hunter2\"").expect("damaged");
    let damaged = secrets.read(Store::File).await.expect_err("damaged");
    assert!(damaged.to_string().ends_with("it is damaged"), "{damaged}");
    secrets.remove(Store::File).await.expect("removed");
    secrets.remove(Store::File).await.expect("gone already");
    assert!(!path.exists() && keyring.names().is_empty());
}

#include "valise/audit_database.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "ops/audit.hpp"
#include "ops/audit_scene.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

/// An end-to-end and an escrowed stretch; alice has drilled, one container is missing.
struct DatabaseScene : AuditScene {
  std::filesystem::path file = folder.path() / "audit.db";

  DatabaseScene() {
    nights(3);
    vault.set_policy(2, {"alice", "bob"});
    const auto escrowed = nights(4);
    vault.drill(escrowed[1], "alice");
    vault.storage().remove("backups/" + escrowed[0] + ".valise");
  }
  void fill(AuditSink& sink) {
    clock.set(vault.now);
    audit_in(vault.storage(), run(), {}, {}, sink);
    sink.unreadable("/mnt/abs\xff'ent", Error(ErrorKind::not_found, "there is no folder"));
    sink.total({});
  }
  std::int64_t number(const std::string& sql) { return SampleConnection(file).number(sql); }
};

}  // namespace

TEST_CASE("the audit's database has every row, by keys that hold") {
  DatabaseScene scene;
  scene.fill(*audit_database(scene.file));
  CHECK(scene.number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
  CHECK(scene.number("SELECT count(*) FROM vault") == 2);
  CHECK(scene.number("SELECT count(*) FROM backup") == 7);
  CHECK(scene.number("SELECT count(*) FROM backup WHERE mode = 'escrow' AND k = 2") == 4);
  CHECK(scene.number("SELECT count(*) FROM reader") == 3 + 4 * 3);
  CHECK(scene.number("SELECT count(*) FROM reader WHERE agent IS NULL") == 7);
  CHECK(scene.number("SELECT count(*) FROM drill JOIN agent USING (agent) WHERE name = 'alice'") ==
        1);
  CHECK(scene.number("SELECT count(*) FROM policy_agent") == 2);
  CHECK(scene.number("SELECT count(*) FROM finding JOIN backup USING (backup) "
                     "WHERE code = 'missing' AND NOT present") == 1);
  CHECK(scene.number("SELECT errors FROM vault WHERE problem IS NULL") == 1 + 3);
  CHECK(scene.number("SELECT count(*) FROM checkpoint") == 2);
  CHECK(scene.number("SELECT count(*) FROM code") == static_cast<int>(audit_codes().size()));
  CHECK(scene.number("SELECT count(*) FROM unproven") == static_cast<int>(audit_limits().size()));
  CHECK(scene.number("SELECT count(*) FROM backup "
                     "WHERE unixepoch(time) IS NOT time_unix OR typeof(level) <> 'integer'") == 0);
}

TEST_CASE("the audit's database answers the usual questions by its views") {
  DatabaseScene scene;
  scene.fill(*audit_database(scene.file));
  CHECK(scene.number("SELECT count(*) FROM escrowed_backups "
                     "WHERE agents = 'alice, bob' AND n = 2 AND level = 'L0'") == 4);
  CHECK(scene.number("SELECT count(*) FROM undrilled_agents WHERE name = 'bob'") == 1);
  CHECK(scene.number("SELECT count(*) FROM undrilled_agents") == 1);
  CHECK(scene.number("SELECT count(*) FROM overdue") == 0);
  CHECK(scene.number("SELECT count(*) FROM unreadable "
                     "WHERE folder = '/mnt/abs%ff''ent' AND problem = 'there is no folder'") == 1);
}

TEST_CASE("the audit's database is a new private file, whole or not there") {
  DatabaseScene scene;
  {
    const auto sink = audit_database(scene.file);
    scene.clock.set(scene.vault.now);
    audit_in(scene.vault.storage(), scene.run(), {}, {}, *sink);
    CHECK_FALSE(std::filesystem::exists(scene.file));
  }
  CHECK(names_in(scene.folder.path()).empty());
  scene.fill(*audit_database(scene.file));
  struct stat info {};
  REQUIRE(stat(scene.file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(names_in(scene.folder.path()) == std::vector<std::string>{"audit.db"});
  const Bytes before = read_all(scene.file);
  CHECK(kind_of([&] { static_cast<void>(audit_database(scene.file)); }) == ErrorKind::usage);
  CHECK(read_all(scene.file) == before);
  CHECK(kind_of([&] {
          static_cast<void>(audit_database(scene.folder.path() / "absent" / "audit.db"));
        }) == ErrorKind::storage);
}

}  // namespace valise::test

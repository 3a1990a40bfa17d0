#include "vault/signed_log.hpp"

#include <doctest/doctest.h>

#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "vault/log_fixture.hpp"

namespace valise::test {
namespace {

using Seqs = std::vector<std::uint64_t>;
using Codes = std::vector<std::string>;

/// Five entries of one device.
struct FiveEntries : LogFixture {
  SigningKey device = SigningKey::generate();
  Bytes32 pk = device.public_key();
  LogHead start{0, Bytes32{9}};
  std::vector<Entry> entries;

  FiveEntries() {
    LogHead head = start;
    for (std::uint8_t i = 1; i <= 5; ++i) entries.push_back(add(device, head, backup(i, {})));
  }
  [[nodiscard]] ObjectName name(std::uint64_t seq) const { return entry_object(pk, seq); }
  [[nodiscard]] Walked walk_all() { return walk(*this, pk, start); }
  void replace(std::size_t index, const EntryHeader& header, const SigningKey& key) {
    const Entry entry = sign_entry(header, entries.at(index).payload, key);
    storage.overwrite(name(index + 1), entry.bytes);
  }
};

}  // namespace

TEST_CASE("a sound log is walked in order, from any head") {
  FiveEntries log;
  CHECK(log.walk_all().seqs == Seqs{1, 2, 3, 4, 5});
  CHECK(log.walk_all().codes.empty());
  CHECK(walk(log, log.pk, {3, log.entries[2].id}).seqs == Seqs{4, 5});
  CHECK(walk(log, log.pk, {5, log.entries[4].id}).seqs.empty());
  CHECK(walk(log, SigningKey::generate().public_key()).seqs.empty());
  CHECK(read_log(log.vault(), log.pk, log.start).size() == 5);
  CHECK(read_entry(log.vault(), log.pk, 4).id == log.entries[3].id);
  CHECK(highest_seq(log.vault(), log.pk) == 5);
  CHECK(highest_seq(log.vault(), Bytes32{}) == 0);
}

TEST_CASE("what is wrong with a log has a code and the object's name, and the rest is handed out") {
  FiveEntries log;
  SUBCASE("gap") {
    log.storage.remove(log.name(2));
    log.storage.remove(log.name(3));
    const Walked walked = log.walk_all();
    CHECK(walked.codes == Codes{"gap"});
    CHECK(walked.objects == std::vector<ObjectName>{log.name(4)});
    CHECK(walked.seqs == Seqs{1, 4, 5});
  }
  SUBCASE("gap at the start") {
    log.storage.remove(log.name(1));
    CHECK(log.walk_all().codes == Codes{"gap"});
    CHECK(log.walk_all().seqs == Seqs{2, 3, 4, 5});
  }
  SUBCASE("prev") {
    EntryHeader header = log.entries[2].header;
    header.prev = Bytes32{1};
    log.replace(2, header, log.device);
    const Walked walked = log.walk_all();
    INFO("the entry after it does not continue the changed one either");
    CHECK(walked.codes == Codes{"prev", "prev"});
    CHECK(walked.objects == std::vector<ObjectName>{log.name(3), log.name(4)});
    CHECK(walked.seqs == Seqs{1, 2, 3, 4, 5});
  }
  SUBCASE("prev of the first: another start") {
    CHECK(walk(log, log.pk, {0, Bytes32{8}}).codes == Codes{"prev"});
  }
  SUBCASE("signature: damage") {
    Bytes bytes = log.storage.content(log.name(3));
    bytes[50] ^= 1;
    log.storage.overwrite(log.name(3), bytes);
    CHECK(log.walk_all().codes == Codes{"signature"});
    CHECK(log.walk_all().objects == std::vector<ObjectName>{log.name(3)});
    CHECK(log.walk_all().seqs == Seqs{1, 2, 4, 5});
  }
  SUBCASE("signature: empty, and larger than any entry") {
    log.storage.overwrite(log.name(3), {});
    log.storage.overwrite(log.name(4), Bytes(kEntryBytesMax + 1));
    CHECK(log.walk_all().codes == Codes{"signature", "signature"});
  }
  SUBCASE("foreign: another vault's") {
    EntryHeader header = log.entries[2].header;
    header.vault_id = Bytes16{7};
    log.replace(2, header, log.device);
    CHECK(log.walk_all().codes == Codes{"foreign"});
    CHECK(log.walk_all().seqs == Seqs{1, 2, 4, 5});
  }
  SUBCASE("foreign: another signer's") {
    log.replace(2, log.entries[2].header, SigningKey::generate());
    CHECK(log.walk_all().codes == Codes{"foreign"});
  }
  SUBCASE("foreign: another number than its name's") {
    log.storage.overwrite(log.name(3), log.entries[3].bytes);
    CHECK(log.walk_all().codes == Codes{"foreign"});
  }
  if (log.walk_all().codes.empty()) return;
  const auto read = [&] { static_cast<void>(read_log(log.vault(), log.pk, log.start)); };
  INFO("who needs the whole log sound is told where to look, and what to do");
  CHECK(kind_of(read) == ErrorKind::corrupt);
  CHECK(message_of(read).find("valise audit") != std::string::npos);
}

TEST_CASE("what its signer did not put into a log is passed over by who asks for it") {
  FiveEntries log;
  const Bytes junk{1, 2, 3};
  std::vector<ObjectName> passed;
  const auto read = [&] {
    passed.clear();
    return read_log(log.vault(), log.pk, log.start,
                    [&](const LogProblem& problem) { passed.push_back(problem.object); })
        .size();
  };
  const auto fails = [&] { static_cast<void>(read()); };
  SUBCASE("nothing") {
    CHECK(read() == 5);
    CHECK(passed.empty());
  }
  SUBCASE("beyond the end") {
    log.storage.overwrite(log.name(6), junk);
    log.storage.overwrite(log.name(9'999'999'999), log.entries[1].bytes);
    CHECK(read() == 5);
    CHECK(passed == std::vector<ObjectName>{log.name(6), log.name(9'999'999'999)});
    CHECK(highest_seq(log.vault(), log.pk) == 9'999'999'999);
    CHECK(highest_signed_seq(log.vault(), log.pk) == 5);
  }
  SUBCASE("in the place of the last") {
    log.storage.overwrite(log.name(5), junk);
    CHECK(read() == 4);
  }
  SUBCASE("in the place of one in the middle: the others do not join over it") {
    log.storage.overwrite(log.name(3), junk);
    CHECK(kind_of(fails) == ErrorKind::corrupt);
    CHECK(message_of(fails).find(log.name(3)) == 0);
  }
  SUBCASE("a hole stays one") {
    log.storage.remove(log.name(3));
    log.storage.overwrite(log.name(7), junk);
    CHECK(kind_of(fails) == ErrorKind::corrupt);
    CHECK(message_of(fails).find(log.name(4)) == 0);
  }
  SUBCASE("an entry of a newer version is the signer's all the same") {
    Bytes body = log.entries[4].bytes;
    body.resize(body.size() - kSignatureBytes);
    body.at(8) = 99;
    append(body, log.device.sign(body));
    log.storage.overwrite(log.name(5), body);
    CHECK(kind_of(fails) == ErrorKind::corrupt);
    CHECK(highest_signed_seq(log.vault(), log.pk) == 5);
    log.storage.overwrite(log.name(5), log.entries[4].bytes);
    log.storage.overwrite(log.name(6), body);
    CHECK(read() == 5);
  }
}

TEST_CASE("one entry is read by its name, and refused when it is another's") {
  FiveEntries log;
  const auto read = [&](std::uint64_t seq) {
    return kind_of([&] { static_cast<void>(read_entry(log.vault(), log.pk, seq)); });
  };
  CHECK(read(6) == ErrorKind::not_found);
  log.storage.overwrite(log.name(3), log.entries[3].bytes);
  CHECK(read(3) == ErrorKind::corrupt);
  log.storage.overwrite(log.name(2), {});
  CHECK(read(2) == ErrorKind::corrupt);
}

TEST_CASE("objects that are no entries do not count as a log's") {
  FiveEntries log;
  log.storage.overwrite(log_folder(log.pk) + "/notes.txt", {});
  log.storage.overwrite(log_folder(log.pk) + "/00000000006.entry", {});
  log.storage.overwrite("log/README", {});
  CHECK(log.walk_all().codes.empty());
  CHECK(highest_seq(log.vault(), log.pk) == 5);
  CHECK(log_signers(log.vault()) == std::vector<Bytes32>{log.pk});
  log.storage.overwrite(entry_object(Bytes32{}, 3), {});
  CHECK(log_signers(log.vault()).size() == 2);
}

TEST_CASE("a storage that fails is no damage of the log") {
  FiveEntries log;
  FaultyStorage faulty(log.storage, {.fail_at = 3, .counted = only(StorageCall::read)});
  const Vault failing = Vault::open(faulty);
  CHECK(kind_of([&] {
          walk_log(
              failing, log.pk, log.start, [](const Entry&) {}, [](const LogProblem&) {});
        }) == ErrorKind::storage);
}

TEST_CASE("an entry is published once; the same again is fine, another one is refused") {
  FiveEntries log;
  LogHead head{5, log.entries[4].id};
  const Entry sixth = log.add(log.device, head, LogFixture::backup(6, {}));
  log.storage.remove(log.name(6));
  publish_entry(log.vault(), sixth);
  CHECK(log.storage.content(log.name(6)) == sixth.bytes);
  publish_entry(log.vault(), sixth);
  EntryHeader header = sixth.header;
  header.time += 1;
  const Entry other = sign_entry(header, sixth.payload, log.device);
  const auto attempt = [&] { publish_entry(log.vault(), other); };
  CHECK(kind_of(attempt) == ErrorKind::storage);
  CHECK(message_of(attempt).find(log.name(6)) != std::string::npos);
  CHECK(log.storage.content(log.name(6)) == sixth.bytes);
}

}  // namespace valise::test

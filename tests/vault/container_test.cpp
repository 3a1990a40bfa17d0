#include <doctest/doctest.h>

#include <numeric>

#include "format/padme.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/memory_storage.hpp"
#include "vault/container_reader.hpp"
#include "vault/container_writer.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// A vault with nothing in it, an owner, one agent and a device.
struct ContainerFixture {
  MemoryStorage storage;
  RootKeys owner = RootKeys::generate();
  RootKeys agent = RootKeys::generate();
  SigningKey device = SigningKey::generate();
  PolicyPayload policy;
  BackupHeader header;
  Manifest manifest;
  Secret dek;
  Bytes16 bid{};

  ContainerFixture() {
    storage.overwrite(kVaultObject, encode_vault_object(owner.sign_pk()));
    header.entry.seq = 1;
    header.entry.time = 5;
    manifest.source.profile = "sqlite";
    manifest.source.name = "a.db";
    manifest.database.page_size = 512;
    manifest.database.page_count = 3;
  }

  [[nodiscard]] Vault vault() { return Vault::open(storage); }
  void use_escrow() {
    policy.k = 1;
    policy.agents.push_back({agent.pk(), agent.sign_pk(), "agent"});
    header.k = 1;
  }
  static Bytes payload(std::size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }

  Entry write(Storage& to, const std::vector<std::size_t>& sizes) {
    const Vault vault = Vault::open(to);
    ContainerWriter writer(vault);
    bid = writer.bid();
    dek = Secret::copy_of(writer.dek());
    for (const std::size_t size : sizes) {
      writer.add_record(seal_record(writer.dek(), bid, writer.record_count(), payload(size)),
                        {.plain_bytes = 512});
    }
    std::vector<SlotReader> readers{{owner.pk(), owner.psk()}};
    if (header.k > 0) readers.push_back({agent.pk(), agent.psk()});
    Entry entry = writer.finish(manifest, header, readers, device);
    CHECK(writer.file_bytes() == to.size(container_object(bid)));
    CHECK(writer.dek().empty());
    return entry;
  }
  Entry write(const std::vector<std::size_t>& sizes) { return write(storage, sizes); }
  [[nodiscard]] VaultKey key(const RootKeys& keys, bool is_owner) const {
    return {RootKeys(keys.seed()), is_owner};
  }
};

}  // namespace

TEST_CASE("a container gives back what was put into it") {
  ContainerFixture fixture;
  fixture.use_escrow();
  const std::vector<std::size_t> sizes{100, 1, 70'000, 0};
  const Entry entry = fixture.write(sizes);
  const Vault vault = fixture.vault();
  const ContainerReader reader = ContainerReader::open(vault, fixture.bid);
  CHECK(reader.entry().bytes == entry.bytes);
  CHECK(reader.object() == container_object(fixture.bid));
  CHECK(reader.refs().empty());
  std::uint64_t seen = 0;
  reader.check_all([&](std::uint64_t bytes) { seen += bytes; });
  CHECK(seen == *fixture.storage.size(reader.object()));

  for (const bool is_owner : {true, false}) {
    CAPTURE(is_owner);
    const VaultKey key = fixture.key(is_owner ? fixture.owner : fixture.agent, is_owner);
    const Secret dek = open_backup_key(reader.entry(), fixture.policy, key, reader.object());
    CHECK(equal_secret(dek.view(), fixture.dek.view()));
    const Manifest manifest = reader.open_manifest(dek.view());
    CHECK(manifest.source.name == "a.db");
    REQUIRE(manifest.records.size() == sizes.size());
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      CHECK(reader.read_record(dek.view(), i, offset, manifest.records[i]) ==
            ContainerFixture::payload(sizes[i]));
      offset += manifest.records[i].sealed_bytes;
    }
    CHECK(reader.layout().data_len == padme(offset));
  }
}

TEST_CASE("a container without records is a container") {
  ContainerFixture fixture;
  fixture.write({});
  const Vault vault = fixture.vault();
  const ContainerReader reader = ContainerReader::open(vault, fixture.bid);
  CHECK(reader.layout().data_len == 0);
  CHECK(reader.open_manifest(fixture.dek.view()).records.empty());
  CHECK_NOTHROW(reader.check_all());
}

TEST_CASE("a container names its packs in the clear, in ascending order") {
  ContainerFixture fixture;
  fixture.header.refs = {Bytes32{1}, Bytes32{2}, Bytes32{3}};
  const Entry entry = fixture.write({100});
  CHECK(entry.as<BackupPayload>()->media_count == 3);
  const Vault vault = fixture.vault();
  CHECK(ContainerReader::open(vault, fixture.bid).refs() == fixture.header.refs);

  for (const std::vector<Bytes32>& refs :
       {std::vector{Bytes32{2}, Bytes32{1}}, std::vector{Bytes32{1}, Bytes32{1}}}) {
    fixture.header.refs = refs;
    CHECK(kind_of([&] { static_cast<void>(fixture.write({100})); }) == ErrorKind::corrupt);
  }
}

TEST_CASE("a record is refused in another place, and a manifest under another key") {
  ContainerFixture fixture;
  fixture.write({100, 100});
  const Vault vault = fixture.vault();
  const ContainerReader reader = ContainerReader::open(vault, fixture.bid);
  const RecordInfo info = reader.open_manifest(fixture.dek.view()).records[0];
  const auto read = [&](std::uint64_t index, std::uint64_t offset, RecordInfo row) {
    return kind_of(
        [&] { static_cast<void>(reader.read_record(fixture.dek.view(), index, offset, row)); });
  };
  CHECK_FALSE(read(0, 0, info));
  CHECK_FALSE(read(1, info.sealed_bytes, info));
  CHECK(read(1, 0, info) == ErrorKind::corrupt);
  CHECK(read(0, info.sealed_bytes, info) == ErrorKind::corrupt);
  CHECK(read(0, 1, info) == ErrorKind::corrupt);
  CHECK(read(0, reader.layout().data_len, info) == ErrorKind::corrupt);
  CHECK(read(0, ~std::uint64_t{0}, info) == ErrorKind::corrupt);
  RecordInfo longer = info;
  longer.sealed_bytes = kRecordSealedBytesMax;
  CHECK(read(0, 0, longer) == ErrorKind::corrupt);

  const Secret wrong = Secret::random(32);
  const auto open = [&] { static_cast<void>(reader.open_manifest(wrong.view())); };
  CHECK(kind_of(open) == ErrorKind::corrupt);
  CHECK(message_of(open).find("commitment") != std::string::npos);
}

TEST_CASE("who is not among a backup's readers is told who is") {
  ContainerFixture fixture;
  const Entry e2ee = fixture.write({1});
  const auto open = [&](const Entry& entry, const RootKeys& keys, bool is_owner) {
    return [&fixture, &entry, &keys, is_owner] {
      static_cast<void>(
          open_backup_key(entry, fixture.policy, fixture.key(keys, is_owner), "backup"));
    };
  };
  CHECK(kind_of(open(e2ee, fixture.agent, false)) == ErrorKind::wrong_key);
  CHECK(message_of(open(e2ee, fixture.agent, false)).find("end-to-end") != std::string::npos);

  fixture.use_escrow();
  const Entry escrow = fixture.write({1});
  CHECK_FALSE(kind_of(open(escrow, fixture.agent, false)));
  const RootKeys stranger = RootKeys::generate();
  CHECK(kind_of(open(escrow, stranger, false)) == ErrorKind::wrong_key);
  CHECK(kind_of(open(escrow, stranger, true)) == ErrorKind::corrupt);
  INFO("a policy with more readers than the backup has slots");
  fixture.policy.agents.push_back({stranger.pk(), stranger.sign_pk(), "stranger"});
  CHECK(kind_of(open(escrow, stranger, false)) == ErrorKind::corrupt);
}

TEST_CASE("a container that was not finished leaves nothing") {
  ContainerFixture fixture;
  const Vault vault = fixture.vault();
  {
    ContainerWriter writer(vault);
    writer.add_record(seal_record(writer.dek(), writer.bid(), 0, Bytes(100)), {.plain_bytes = 512});
  }
  CHECK(fixture.storage.list("").size() == 1);
}

TEST_CASE("two containers never share an id or a key") {
  ContainerFixture fixture;
  fixture.write({1});
  const Bytes16 bid = fixture.bid;
  const Secret dek = fixture.dek.clone();
  fixture.write({1});
  CHECK(fixture.bid != bid);
  CHECK_FALSE(equal_secret(dek.view(), fixture.dek.view()));
}

namespace {

/// Stores something else than what is written: an error on the way to the disk.
class LyingStorage final : public Storage {
 public:
  LyingStorage(MemoryStorage& inner, std::size_t flip_at) : inner_(inner), flip_at_(flip_at) {}
  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override {
    return std::make_unique<Writer>(inner_.put(name), flip_at_);
  }
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override {
    inner_.read(name, offset, out);
  }
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override {
    return inner_.size(name);
  }
  void scan(const std::string& folder,
            const std::function<void(ObjectInfo)>& visit) const override {
    inner_.scan(folder, visit);
  }
  void remove(const ObjectName& name) override { inner_.remove(name); }
  void set_aside(const ObjectName& name) override { inner_.set_aside(name); }
  [[nodiscard]] std::string describe() const override { return inner_.describe(); }

 private:
  class Writer final : public ObjectWriter {
   public:
    Writer(std::unique_ptr<ObjectWriter> inner, std::size_t flip_at)
        : inner_(std::move(inner)), flip_at_(flip_at) {}
    void write(ByteSpan bytes) override {
      Bytes stored(bytes.begin(), bytes.end());
      if (flip_at_ >= at_ && flip_at_ < at_ + stored.size()) stored[flip_at_ - at_] ^= 1;
      at_ += stored.size();
      inner_->write(stored);
    }
    void flush() override { inner_->flush(); }
    void read(std::uint64_t offset, MutableByteSpan out) const override {
      inner_->read(offset, out);
    }
    [[nodiscard]] bool commit() override { return inner_->commit(); }

   private:
    std::unique_ptr<ObjectWriter> inner_;
    std::size_t flip_at_;
    std::size_t at_ = 0;
  };
  MemoryStorage& inner_;
  std::size_t flip_at_;
};

}  // namespace

TEST_CASE("a container that reads back differently is not finished") {
  ContainerFixture fixture;
  fixture.write({200});
  const std::size_t size = *fixture.storage.size(container_object(fixture.bid));
  for (std::size_t at = 0; at < size; at += at < 16 || at + 30 > size ? 1U : 13U) {
    CAPTURE(at);
    LyingStorage lying(fixture.storage, at);
    const auto kind = kind_of([&] { fixture.write(lying, {200}); });
    CHECK((kind == ErrorKind::corrupt || kind == ErrorKind::storage));
  }
}

TEST_CASE("a container of another vault, under another name or with another entry is refused") {
  ContainerFixture fixture;
  fixture.write({10});
  const Bytes file = fixture.storage.content(container_object(fixture.bid));
  const Vault vault = fixture.vault();
  const auto open = [&](const Bytes16& bid) {
    return kind_of([&] { static_cast<void>(ContainerReader::open(vault, bid)); });
  };
  CHECK_FALSE(open(fixture.bid));
  INFO("one that is missing is damage: the log names it");
  CHECK(open(Bytes16{1}) == ErrorKind::corrupt);
  fixture.storage.overwrite(container_object(Bytes16{1}), file);
  CHECK(open(Bytes16{1}) == ErrorKind::corrupt);
  ContainerFixture other;
  other.storage.overwrite(container_object(fixture.bid), file);
  const Vault other_vault = other.vault();
  CHECK(kind_of([&] { static_cast<void>(ContainerReader::open(other_vault, fixture.bid)); }) ==
        ErrorKind::corrupt);
}

}  // namespace valise::test

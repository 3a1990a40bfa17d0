#include "history.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "database.hpp"
#include "history_schema.hpp"
#include "messages.hpp"
#include "random.hpp"

namespace valise::bench {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// Dates count from 2001-01-01. Every history ends on 2026-01-01 and begins early enough for 250
// messages a day, but never more than eight years before.
constexpr std::int64_t kEnd = 788'918'400 * kSecond;
constexpr std::int64_t kSpanMax = std::int64_t{8} * 365 * 86'400 * kSecond;
constexpr std::int64_t kGapMax = 86'400 * kSecond / 250;

void insert_properties(Database& database) {
  database.execute(
      "INSERT INTO _SqliteDatabaseProperties VALUES ('_ClientVersion', '18026'), "
      "('_UniqueIdentifier', '6E1B50A4-7C39-4B1D-8F61-2B9C3D44E5A7'), ('counter_in_all', '0'), "
      "('counter_out_all', '0'); "
      "INSERT INTO kvtable (key, value) VALUES ('lastFailedMessageDate', 0);");
}

std::uint32_t count_chats(std::uint32_t messages) {
  std::uint32_t chats = 4;
  // About 400 chats in 500,000 messages, 80 in 20,000: the square root, without a library's.
  while (chats * chats * 3 < messages) ++chats;
  return chats;
}

void insert_handles(Database& database, Random& random, std::uint32_t handles) {
  Statement insert(database,
                   "INSERT INTO handle (id, country, service, uncanonicalized_id) "
                   "VALUES (?1, 'us', ?2, ?3)");
  for (std::uint32_t i = 0; i < handles; ++i) {
    const bool mail = random.percent(15);
    const std::string number = std::to_string(1'000'000 + i * 13 + random.below(13));
    const std::string id = mail ? "friend" + number + "@mail.example" : "+1555" + number;
    insert.bind(1, std::string_view(id));
    insert.bind(2, std::string_view(!mail && random.percent(20) ? "SMS" : "iMessage"));
    insert.bind(3, std::string_view(id));
    insert.run();
  }
}

void insert_chat(Database& database, Random& random, std::uint32_t chat, std::uint32_t handles) {
  const bool group = random.percent(15);
  const std::int64_t first = 1 + chat % handles;
  Statement handle(database, "SELECT id, service FROM handle WHERE ROWID = ?1");
  handle.bind(1, first);
  handle.step();
  const std::string room = "chat" + std::to_string(100'000'000'000 + random.below(4'000'000'000U));
  const std::string identifier = group ? room : handle.text(0);
  const std::string service = group ? "iMessage" : handle.text(1);
  const std::string guid = service + (group ? ";+;" : ";-;") + identifier;
  const std::string group_id = random.guid();
  Statement insert(database,
                   "INSERT INTO chat (guid, style, state, account_id, chat_identifier, "
                   "service_name, room_name, account_login, display_name, group_id, "
                   "original_group_id) VALUES (?1, ?2, 3, ?3, ?4, ?5, ?6, "
                   "'E:someone@mail.example', '', ?7, ?7)");
  insert.bind(1, std::string_view(guid));
  insert.bind(2, std::int64_t{group ? 43 : 45});
  insert.bind(3, std::string_view("B6A2D1F0-5C1E-4E0B-9D57-0C7E6A0F1D21"));
  insert.bind(4, std::string_view(identifier));
  insert.bind(5, std::string_view(service));
  insert.bind_null(6);
  if (group) insert.bind(6, std::string_view(room));
  insert.bind(7, std::string_view(group_id));
  insert.run();
  Statement join(database, "INSERT OR IGNORE INTO chat_handle_join VALUES (?1, ?2)");
  const std::int64_t rowid = database.last_rowid();
  const std::uint32_t members = group ? 3 + random.below(5) : 1;
  for (std::uint32_t i = 0; i < members; ++i) {
    join.bind(1, rowid);
    join.bind(2, i == 0 ? first : 1 + std::int64_t{random.below(handles)});
    join.run();
  }
}

void insert_messages(Database& database, const HistoryOptions& options) {
  const std::int64_t gap = std::min(kGapMax, kSpanMax / options.messages);
  std::int64_t date = kEnd - gap * options.messages;
  Conversation conversation(database, options.seed, true);
  for (std::uint32_t i = 0; i < options.messages; ++i) {
    conversation.say(date);
    // Between nothing and two gaps; in nanoseconds a gap exceeds 32 bits, so two draws.
    date += gap / 1000 * conversation.random().below(2000) + conversation.random().below(1'000'000);
  }
}

}  // namespace

void create_history(const std::filesystem::path& path, const HistoryOptions& options) {
  if (options.messages == 0) throw std::runtime_error("a history needs at least one message");
  if (std::filesystem::exists(path)) {
    throw std::runtime_error(path.string() + " exists; choose another name");
  }
  Database database(path);
  // Nobody misses a half-written sample: no journal, no fsync, and the file's lock taken once.
  database.execute("PRAGMA page_size = " + std::to_string(options.page_size) +
                   "; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -1000000;");
  Random random(options.seed);
  const std::uint32_t chats = count_chats(options.messages);
  Transaction transaction(database);
  create_tables(database);
  insert_properties(database);
  insert_handles(database, random, chats);
  for (std::uint32_t i = 0; i < chats; ++i) insert_chat(database, random, i, chats);
  insert_messages(database, options);
  create_triggers(database);
  transaction.commit();
  database.execute(
      "PRAGMA locking_mode = NORMAL; SELECT count(*) FROM handle; PRAGMA journal_mode = " +
      std::string(options.wal ? "WAL" : "DELETE"));
}

}  // namespace valise::bench

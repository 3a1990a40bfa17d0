#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "database.hpp"
#include "history.hpp"
#include "messages.hpp"
#include "random.hpp"

namespace valise::bench {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Measured on histories of 500,000 messages: deleting one message of a chat that is spread over
// years touches this many pages of tables and indexes, most of them shared with no other.
constexpr std::uint32_t kPagesPerMessage = 6;

std::int64_t last_message(Database& database) {
  return database.number("SELECT max(ROWID) FROM message");
}

std::int64_t last_date(Database& database) {
  return database.number("SELECT max(date) FROM message");
}

// A seed used twice must not bring the same GUIDs twice.
std::uint64_t mix_seed(Database& database, std::uint64_t seed) {
  return seed * 0x9e3779b97f4a7c15U + static_cast<std::uint64_t>(last_message(database));
}

std::int64_t recent_rowid(Random& random, std::int64_t last, std::uint32_t window) {
  const auto reach = static_cast<std::uint32_t>(std::min<std::int64_t>(last, window));
  return last - random.below(reach);
}

void mark_read(Database& database, Random& random, const Night& night, std::int64_t last) {
  // Most receipts are for what was sent in the last days, by me or to me.
  Statement update(database,
                   "UPDATE message SET date_read = ?2, is_read = NOT is_from_me, is_delivered = 1 "
                   "WHERE ROWID = ?1");
  const std::int64_t now = last_date(database);
  for (std::uint32_t i = 0; i < night.receipts; ++i) {
    update.bind(1, recent_rowid(random, last, 1500));
    update.bind(2, now + random.below(900'000'000));
    update.run();
  }
}

void mark_synced(Database& database, Random& random, const Night& night, std::int64_t last) {
  Statement update(database,
                   "UPDATE message SET ck_sync_state = 1, ck_record_id = ?2, "
                   "ck_record_change_tag = ?3 WHERE ROWID = ?1");
  for (std::uint32_t i = 0; i < night.sync_marks; ++i) {
    const std::string record = random.hex(64);
    const std::string tag = random.hex(4);
    update.bind(1, recent_rowid(random, last, 20000));
    update.bind(2, std::string_view(record));
    update.bind(3, std::string_view(tag));
    update.run();
  }
}

void delete_messages(Database& database, Random& random, const Night& night, std::int64_t last) {
  Statement present(database, "SELECT 1 FROM message WHERE ROWID = ?1");
  Statement remove(database, "DELETE FROM chat_message_join WHERE message_id = ?1");
  for (std::uint32_t deleted = 0; deleted < night.deletions;) {
    const std::int64_t rowid = recent_rowid(random, last, 20000);
    present.bind(1, rowid);
    if (!present.step()) continue;
    present.step();  // resets
    remove.bind(1, rowid);
    remove.run();
    ++deleted;
  }
}

void tune(Database& database) {
  database.execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;");
}

}  // namespace

void apply_night(const std::filesystem::path& path, const Night& night) {
  Database database(path);
  tune(database);
  Transaction transaction(database);
  Conversation conversation(database, mix_seed(database, night.seed), false);
  std::int64_t date = last_date(database);
  for (std::uint32_t i = 0; i < night.messages; ++i) {
    date += kDay / 2 / night.messages / 1000 * conversation.random().below(2000) + 1;
    conversation.say(date);
  }
  const std::int64_t last = last_message(database);
  mark_read(database, conversation.random(), night, last);
  mark_synced(database, conversation.random(), night, last);
  delete_messages(database, conversation.random(), night, last);
  transaction.commit();
}

std::int64_t delete_chat(const std::filesystem::path& path, std::uint32_t at_least_pages) {
  Database database(path);
  tune(database);
  Transaction transaction(database);
  const std::string enough = std::to_string(at_least_pages / kPagesPerMessage);
  Statement find(database,
                 "SELECT chat_id, count(*) AS n FROM chat_message_join GROUP BY chat_id "
                 "ORDER BY n < " +
                     enough + ", CASE WHEN n < " + enough + " THEN -n ELSE n END");
  if (!find.step()) return 0;
  const std::int64_t chat = find.integer(0);
  const std::int64_t messages = find.integer(1);
  while (find.step()) {
  }
  Statement remove(database, "DELETE FROM chat WHERE ROWID = ?1");
  remove.bind(1, chat);
  remove.run();
  transaction.commit();
  return messages;
}

std::int64_t scramble_bodies(const std::filesystem::path& path) {
  Database database(path);
  tune(database);
  Transaction transaction(database);
  database.execute(
      "UPDATE message SET attributedBody = randomblob(length(attributedBody)), "
      "text = hex(randomblob(length(text) / 2)) "
      "WHERE ROWID <= (SELECT max(ROWID) / 3 FROM message)");
  const std::int64_t rows = database.number("SELECT changes()");
  transaction.commit();
  return rows;
}

std::int64_t write_constantly(const std::filesystem::path& path, const Writing& writing,
                              const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  Database database(path);
  // As a messenger would: a commit is visible to the others at once, and safe after a crash.
  database.execute("PRAGMA synchronous = NORMAL");
  Conversation conversation(database, mix_seed(database, writing.seed), false);
  std::int64_t date = last_date(database);
  std::int64_t written = 0;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(writing.seconds);
  const std::uint32_t rate = std::max<std::uint32_t>(writing.rows_per_second, 1);
  while (!stop.stop_requested() && Clock::now() < end) {
    Transaction transaction(database);
    const std::uint32_t rows = 1 + conversation.random().below(3);
    for (std::uint32_t i = 0; i < rows; ++i) conversation.say(date += kSecond);
    transaction.commit();
    written += rows;
    const auto due = begin + std::chrono::duration<double>(static_cast<double>(written) / rate);
    std::this_thread::sleep_until(
        std::min<std::chrono::time_point<Clock, std::chrono::duration<double>>>(due, end));
  }
  return written;
}

}  // namespace valise::bench

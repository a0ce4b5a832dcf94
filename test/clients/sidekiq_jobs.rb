# Jobs of Sidekiq, unchanged, as Debian has it. Both sides load this file: the worker as
# `sidekiq -r sidekiq_jobs.rb`, the client as `ruby sidekiq_jobs.rb ACTION`. PORT is in the environment.
require 'sidekiq'
require 'sidekiq/api'

server = { url: "redis://127.0.0.1:#{ENV.fetch('PORT')}/0", network_timeout: 10 }
Sidekiq.configure_client { |config| config.redis = server }
Sidekiq.configure_server do |config|
  config.redis = server
  config.logger.level = Logger::FATAL
  # How often it looks for jobs whose time has come, in seconds.
  config.options[:average_scheduled_poll_interval] = 0.2
  config.options[:poll_interval_average] = 0.2
end

# Writes down what it was told.
class Note
  include Sidekiq::Worker

  def perform(word)
    Sidekiq.redis { |redis| redis.rpush('done', word) }
  end
end

# Succeeds the second time.
class Flaky
  include Sidekiq::Worker
  sidekiq_options retry: 3
  # Nought would mean "as long as it thinks fit".
  sidekiq_retry_in { 1 }

  def perform(word)
    first = Sidekiq.redis { |redis| redis.incr("attempts:#{word}") } == 1
    raise 'not yet' if first

    Note.new.perform(word)
  end
end

# Never succeeds.
class Doomed
  include Sidekiq::Worker
  sidekiq_options retry: 0

  def perform
    raise 'no use'
  end
end

ACTIONS = {
  'one of each' => lambda {
    Note.perform_async('at once')
    Note.perform_in(0.5, 'later')
    Flaky.perform_async('flaky')
    Doomed.perform_async
    Note.set(queue: 'low').perform_async('other queue')
  },
  'three hundred' => lambda {
    Sidekiq::Client.push_bulk('class' => Note, 'args' => (0...300).map { |number| [number.to_s] })
    Note.perform_in(0.5, 'later')
  },
  'tell' => lambda {
    stats = Sidekiq::Stats.new
    puts JSON.generate(
      processed: stats.processed, failed: stats.failed, enqueued: stats.enqueued, scheduled: stats.scheduled_size,
      retries: stats.retry_size, dead: Sidekiq::DeadSet.new.map { |job| job['error_message'] },
      processes: Sidekiq::ProcessSet.new.size, queues: Sidekiq::Queue.all.map(&:name)
    )
  }
}.freeze

ACTIONS.fetch(ARGV.fetch(0)).call unless Sidekiq.server?

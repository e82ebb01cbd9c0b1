// Leads the hosts of Microsoft 365 that the emulator stands for to the port
// EMULATOR_PORT of this machine, and keeps the process from any other host.
'use strict';

const net = require('node:net');

const emulated = ['graph.microsoft.com', 'login.microsoftonline.com'];
const port = Number(process.env.EMULATOR_PORT);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  // Node itself passes on [options, callback] as one argument.
  const list = Array.isArray(args[0]) ? args[0] : args;
  const options = list[0];
  if (options === null || typeof options !== 'object' || options.path) {
    return connect.apply(this, args);
  }
  if (!emulated.includes(options.host)) {
    process.nextTick(() => this.destroy(new Error(`connecting to ${options.host}: the tests stay on loopback`)));
    return this;
  }
  list[0] = { ...options, host: '127.0.0.1', port };
  return connect.apply(this, args);
};

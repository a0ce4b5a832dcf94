export class Channels {}
